import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { factsScript, judgeFacts } from "../../../src/ssh/preflightFacts.js";

const lines = (facts: Record<string, string>) =>
  Object.entries(facts)
    .map(([key, value]) => `agent-containers:${key}=${value}\n`)
    .join("");
const good = {
  bash: "yes",
  tar: "yes",
  wget: "yes",
  libc: "glibc 2.36",
  home: "/home/agent",
  free: "1048576",
  writable: "yes",
  end: "yes",
};
const failing = (facts: Record<string, string>) => judgeFacts(lines(facts), "").filter(({ ok }) => !ok);
const without = (...names: string[]) =>
  Object.fromEntries(Object.entries(good).filter(([key]) => !names.includes(key)));

describe("judgeFacts", () => {
  it("passes a good container, behind a chatty start-up file", () => {
    const steps = judgeFacts(`Welcome!\r\nhello ${lines(good)}bye`, "");
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ["tools", true],
      ["libc", true],
      ["disk", true],
    ]);
    expect(steps.map(({ detail }) => detail)).toEqual([undefined, "glibc 2.36", "1024 MiB free"]);
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    ["no bash", without("bash"), "tools", /bash/],
    ["no tar", without("tar"), "tools", /tar/],
    ["neither curl nor wget", without("wget"), "tools", /curl/],
    ["musl", { ...good, libc: "musl" }, "libc", /musl/],
    ["musl by ldd", { ...good, libc: "musl libc (x86_64)" }, "libc", /musl/],
    ["old glibc", { ...good, libc: "glibc 2.27" }, "libc", /2\.27/],
    ["ancient libc", { ...good, libc: "ldd (GNU libc) 1.99" }, "libc", /1\.99/],
    ["a full disk", { ...good, free: "511999" }, "disk", /499 MiB/],
    ["a home that cannot be written", without("writable"), "disk", /cannot be written/],
    ["a shell that runs nothing", {}, "tools", /does not run/],
  ])("names %s", (_name, facts, step, detail) => {
    const [first] = failing(facts);
    expect(first).toMatchObject({ step, detail: expect.stringMatching(detail) as string });
    expect(first?.remedy).toBeTruthy();
  });

  it.each(["2.28", "2.100", "3.0"])("takes glibc %s", (version) => {
    expect(failing({ ...good, libc: `ldd (Debian GLIBC 2.31-13) ${version}` })).toEqual([]);
  });

  it("does not fail for what cannot be read", () => {
    expect(failing({ ...good, libc: "", free: "" })).toEqual([]);
    expect(failing(without("free"))).toEqual([]);
  });

  it("says why the shell runs nothing", () => {
    expect(judgeFacts("", "sh: not found\nmore")[0]?.detail).toContain("sh: not found");
  });
});

describe("factsScript", () => {
  it("runs in a POSIX shell", () => {
    const stdout = execFileSync("sh", ["-s"], { input: factsScript, encoding: "utf8" });
    expect(stdout).toMatch(/^agent-containers:tar=yes$/m);
    expect(stdout).toMatch(/^agent-containers:libc=.*\d\.\d+$/m);
    expect(stdout).toMatch(/^agent-containers:free=\d+$/m);
    expect(stdout).toMatch(/agent-containers:end=yes\n$/);
  });
});
