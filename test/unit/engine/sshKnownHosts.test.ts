import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  findPinnedKeys,
  hostKeyAlgorithms,
  hostKeyFingerprint,
  judgeHostKey,
  knownHostsName,
  parsePinnedKeys,
} from "../../../src/engine/sshKnownHosts.js";
import type { PinnedKey } from "../../../src/engine/sshKnownHosts.js";
import { toTarget } from "../../../src/engine/sshTarget.js";
import { generateKeyPair } from "../../../src/ssh/keyPair.js";

const blob = (publicKey: string) => Buffer.from(publicKey.split(" ")[1] ?? "", "base64");
const [ours, other, third] = [1, 2, 3].map((n) => generateKeyPair(`key ${n}`).publicKey) as [
  string,
  string,
  string,
];

describe("known_hosts", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "ac-known-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** What the files hold for the host, as the user's configuration names them. */
  async function found(files: Record<string, string>, lines: string[] = [], hash = false) {
    const paths = await Promise.all(
      Object.entries(files).map(async ([name, text]) => {
        const path = join(folder, name);
        await writeFile(path, text);
        if (hash) execFileSync("ssh-keygen", ["-H", "-f", path], { stdio: "ignore" });
        return path;
      }),
    );
    const answer = [...lines, `userknownhostsfile ${paths.join(" ")}`, "globalknownhostsfile /no/such/file"];
    const target = toTarget({ kind: "ssh", host: "Far" }, answer.join("\n"), { env: process.env });
    return findPinnedKeys("ssh://far", target, process.env, AbortSignal.timeout(5000));
  }
  const judge = async (...args: Parameters<typeof found>) => judgeHostKey(blob(ours), await found(...args));

  it("knows plain, hashed and patterned lines, in several files, one of them with a blank in its name", async () => {
    expect(await judge({ plain: `far ${ours}\n` })).toBe("known");
    expect(await judge({ hashed: `far,1.2.3.4 ${ours}\n` }, [], true)).toBe("known");
    expect(await judge({ pattern: `f*,!fax ${ours}\n` })).toBe("known");
    expect(await judge({ pattern: `*,!far ${ours}\n` })).toBe("unknown");
    expect(await judge({ one: `near ${other}\n`, "two three": `far ${ours} a comment\n` })).toBe("known");
    expect(await judge({ empty: "" })).toBe("unknown");
  });

  it("a port has its own line; one of the host alone counts when it is the same", async () => {
    const port = ["port 2200"];
    expect(await judge({ a: `[far]:2200 ${ours}\n` }, port)).toBe("known");
    expect(await judge({ a: `[far]:2200 ${other}\nfar ${ours}\n` }, port)).toBe("changed");
    expect(await judge({ a: `far ${ours}\n` }, port)).toBe("known");
    expect(await judge({ a: `far ${other}\n` }, port)).toBe("unknown");
    expect(await judge({ a: `[far]:2201 ${ours}\n` }, port)).toBe("unknown");
  });

  it("an alias takes the place of name and port", async () => {
    const lines = ["port 2200", "hostkeyalias Pinned"];
    expect(await judge({ a: `pinned ${ours}\n[far]:2200 ${other}\n` }, lines)).toBe("known");
    expect(await judge({ a: `far ${ours}\n` }, lines)).toBe("unknown");
  });

  it("another key is a change, a revoked one is refused, an authority's line is no key of the host", async () => {
    expect(await judge({ a: `far ${other}\n` })).toBe("changed");
    expect(await judge({ a: `far ${other}\nfar ${ours}\n` })).toBe("known");
    expect(await judge({ a: `@revoked * ${ours}\nfar ${ours}\n` })).toBe("revoked");
    expect(await judge({ a: `@revoked far ${other}\n` })).toBe("unknown");
    expect(await judge({ a: `@revoked far ${other}\nfar ${third}\n` })).toBe("changed");
    expect(await judge({ a: `@cert-authority far ${ours}\n` })).toBe("unknown");
  });

  it("refuses where nothing can look it up", async () => {
    const path = join(folder, "there");
    await writeFile(path, `far ${ours}\n`);
    const target = toTarget({ kind: "ssh", host: "far" }, `userknownhostsfile ${path}`, { env: {} });
    const work = findPinnedKeys("ssh://far", target, { PATH: "/nowhere" }, AbortSignal.timeout(5000));
    await expect(work).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE", remedy: /OpenSSH/ });
  });

  it("names and fingerprints are OpenSSH's", async () => {
    const name = (answer: string) =>
      knownHostsName(toTarget({ kind: "ssh", host: "Far" }, answer, { env: {} }));
    expect([name("port 22"), name("port 23"), name("hostkeyalias x\nport 23")]).toEqual([
      "far",
      "[far]:23",
      "x",
    ]);
    const file = join(folder, "key.pub");
    await writeFile(file, `${ours}\n`);
    expect(execFileSync("ssh-keygen", ["-lf", file]).toString()).toContain(hostKeyFingerprint(blob(ours)));
    expect(parsePinnedKeys("# Host far found: line 1\n\nfar\n")).toEqual([]);
  });
});

describe("host key algorithms", () => {
  const pin = (type: string, revoked = false): PinnedKey => ({ type, key: Buffer.from(type), revoked });

  it("pinned kinds come first, and only what the user allows", () => {
    expect(hostKeyAlgorithms([], [])[0]).toBe("ssh-ed25519");
    expect(hostKeyAlgorithms([pin("ssh-rsa")], []).slice(0, 4)).toEqual([
      "rsa-sha2-512",
      "rsa-sha2-256",
      "ssh-rsa",
      "ssh-ed25519",
    ]);
    expect(hostKeyAlgorithms([pin("ssh-rsa", true)], [])[0]).toBe("ssh-ed25519");
    expect(hostKeyAlgorithms([pin("ssh-rsa")], ["ssh-ed25519", "rsa-sha2-256"])).toEqual([
      "rsa-sha2-256",
      "ssh-ed25519",
    ]);
  });
});
