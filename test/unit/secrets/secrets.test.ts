import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { secretLimitBytes, type SecretSource } from "../../../src/model/secretSource.js";
import { renderSecretFiles } from "../../../src/secrets/secretFiles.js";
import { createSecretVault, type SecretVault } from "../../../src/secrets/secretVault.js";
import { rejection } from "../../support/collect.js";

let home: string;
let folder: string;
let vault: SecretVault;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "agent-containers-vault-"));
  folder = join(home, ".config", "agent-containers", "secrets");
  const stored = (name: string) => Promise.resolve(name === "key" ? "from storage" : undefined);
  vault = createSecretVault(folder, { env: { SET: "from env", EMPTY: "" }, cwd: home, stored });
});
afterEach(() => rm(home, { recursive: true, force: true }));

describe("where secrets come from", () => {
  it("is a file, a variable, the editor's storage, or the request", async () => {
    await writeFile(join(home, "file"), Buffer.from([0, 255, 10]));
    const read = async (source: SecretSource) => (await vault.read("secrets.A", source)).toString("latin1");
    expect(await read({ file: "file" })).toBe("\0\xff\n");
    expect(await read({ env: "SET" })).toBe("from env");
    expect(await read({ stored: "key" })).toBe("from storage");
    expect(await read({ value: "given" })).toBe("given");
  });

  it.each<[string, SecretSource]>([
    ["a file that is missing", { file: "missing" }],
    ["a folder", { file: "." }],
    ["a device, which would be read for ever", { file: "/dev/zero" }],
    ["a file that is too large", { file: "large" }],
    ["a variable that is not set", { env: "UNSET" }],
    ["a variable without a value", { env: "EMPTY" }],
    ["what is not stored", { stored: "other" }],
    ["a value that is too large", { value: "x".repeat(secretLimitBytes + 1) }],
  ])("cannot be %s", async (_, source) => {
    await writeFile(join(home, "large"), Buffer.alloc(secretLimitBytes + 1));
    expect(await rejection(vault.read("secrets.A", source))).toMatchObject({
      code: "SECRET_UNAVAILABLE",
      field: "secrets.A",
    });
  });

  it("cannot be the editor's storage outside of the editor", async () => {
    const bare = createSecretVault(folder, { env: {}, cwd: home });
    const error = await rejection(bare.read("secrets.A", { stored: "key" }));
    expect(error).toMatchObject({ code: "SECRET_UNAVAILABLE" });
    expect(error.message).toContain("VS Code");
  });
});

describe("what is kept", () => {
  const record = { agentId: "agent-1", engine: "unix:///e", name: "web" };

  it("is for the user alone, with absolute paths, and goes with its folders", async () => {
    await vault.keep({ ...record, secrets: { A: { file: "file" }, B: { env: "SET" } } });
    const kept = await vault.recall("agent-1");
    expect(kept).toEqual({ ...record, secrets: { A: { file: join(home, "file") }, B: { env: "SET" } } });
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, "agent-1.json"))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(["agent-1.json"]);
    expect(await vault.list()).toEqual([{ ...kept, keptAt: expect.any(Date) as Date }]);
    await vault.forget("agent-1");
    expect(await vault.recall("agent-1")).toBeUndefined();
    expect(await readdir(join(home, ".config"))).toEqual([]);
    await vault.forget("agent-1");
    expect(await vault.list()).toEqual([]);
  });

  it("leaves what is not ours beside it", async () => {
    await vault.keep({ ...record, secrets: { B: { env: "SET" } } });
    await writeFile(join(home, ".config", "agent-containers", "other"), "");
    await vault.forget("agent-1");
    expect(await readdir(join(home, ".config", "agent-containers"))).toEqual(["other"]);
  });

  it("is refused where it cannot be read, without showing what is in it", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "agent-1.json"), '{"secret-looking-text');
    const error = await rejection(vault.recall("agent-1"));
    expect(error).toMatchObject({ code: "SECRET_UNAVAILABLE" });
    expect(`${error.message}${String(error.cause)}`).not.toContain("secret-looking");
    expect(await readFile(join(folder, "agent-1.json"), "utf8")).toBe('{"secret-looking-text');
  });

  it.each(["../agent", "a/b", "", ".hidden"])("is for no id like %j", async (agentId) => {
    const error = await rejection(vault.keep({ ...record, agentId, secrets: {} }));
    expect(error).toMatchObject({ code: "SPEC_INVALID" });
  });
});

describe("the files of a delivery", () => {
  const variables = (secrets: Record<string, string | Buffer>) => {
    const bytes = Object.fromEntries(
      Object.entries(secrets).map(([key, value]) => [key, Buffer.from(value)]),
    );
    return renderSecretFiles({ secrets: bytes })
      .find(({ path }) => path === ".environment")
      ?.content.toString();
  };

  it("hold each secret as it is, and say last that all are there", () => {
    const files = renderSecretFiles({
      secrets: { A: Buffer.from("one\n"), B: Buffer.from("two") },
      tailscaleKey: Buffer.from(" tskey \n"),
    });
    expect(files.map(({ path, content }) => [path, content.toString()])).toEqual([
      ["A", "one\n"],
      ["B", "two"],
      [".environment", "A=one\nB=two\n"],
      [".tailscale-authkey", "tskey"],
      [".ready", ""],
    ]);
  });

  it("do not say that all are there where some are missing", () => {
    const files = renderSecretFiles({ secrets: { A: Buffer.from("one") }, partial: true });
    expect(files.map(({ path }) => path)).toEqual(["A", ".environment"]);
  });

  it("make variables of what fits in a line, as $(cat file) would", () => {
    expect(variables({ A: "x\r\n\n", B: " a=b 'c' \"$d\" \\ " })).toBe("A=x\nB= a=b 'c' \"$d\" \\ \n");
    expect(variables({ A: "two\nlines", B: "nul\0", C: Buffer.from([0xff, 0xfe]) })).toBe("");
  });
});
