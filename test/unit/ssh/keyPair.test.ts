import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import ssh2 from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateKeyPair, type SshKeyPair } from "../../../src/ssh/keyPair.js";

const run = promisify(execFile);
const blobOf = (pair: SshKeyPair) => Buffer.from(pair.publicKey.split(" ")[1] ?? "", "base64");
const startsWithZero = (pair: SshKeyPair) => blobOf(pair)[19] === 0;

describe("generateKeyPair", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keys-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function asOpenSshReadsIt(pair: SshKeyPair, name: string) {
    const file = join(folder, name);
    await writeFile(file, pair.privateKey, { mode: 0o600 });
    return (await run("ssh-keygen", ["-y", "-f", file])).stdout.trim();
  }

  it("gives keys that ssh2 reads, every one of thousands, those that start with a zero byte too", async () => {
    const zeros: SshKeyPair[] = [];
    for (let count = 0; count < 3_000; count += 1) {
      const pair = generateKeyPair(`agent ${count}`);
      const parsed = ssh2.utils.parseKey(pair.privateKey);
      if (parsed instanceof Error) throw parsed;
      expect(parsed.getPublicSSH().equals(blobOf(pair))).toBe(true);
      if (startsWithZero(pair)) zeros.push(pair);
    }
    while (zeros.length < 2) {
      const pair = generateKeyPair("");
      if (startsWithZero(pair)) zeros.push(pair);
    }
    for (const [index, pair] of zeros.slice(0, 5).entries()) {
      expect(ssh2.utils.parseKey(pair.privateKey)).not.toBeInstanceOf(Error);
      expect(await asOpenSshReadsIt(pair, `zero-${index}`)).toBe(pair.publicKey);
    }
  });

  it("gives keys that OpenSSH reads, with comments of every length and the fingerprint that it shows", async () => {
    for (const comment of ["", "a", "ab", "abc", "two words", "grün", "x".repeat(200)]) {
      const pair = generateKeyPair(comment);
      expect(await asOpenSshReadsIt(pair, `comment-${comment.length}`)).toBe(pair.publicKey);
      const shown = await run("ssh-keygen", ["-l", "-f", join(folder, `comment-${comment.length}`)]);
      expect(shown.stdout).toContain(pair.fingerprint);
    }
  });

  it("makes one line of a comment with line breaks", () => {
    const pair = generateKeyPair("evil\nssh-ed25519 AAAA\r\nmore");
    expect(pair.publicKey.split(/[\r\n]/)).toHaveLength(1);
    expect(pair.publicKey).toMatch(/ evil ssh-ed25519 AAAA more$/);
  });
});
