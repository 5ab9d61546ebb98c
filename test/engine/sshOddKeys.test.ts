import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateKeyPair, type SshKeyPair } from "../../src/ssh/keyPair.js";
import { login } from "../../src/ssh/login.js";
import { startSshd, type SshdRig } from "./sshdRig.js";

/** The 32 bytes of the public key. */
const bytesOf = ({ publicKey }: SshKeyPair) =>
  Buffer.from(publicKey.split(" ")[1] ?? "", "base64").subarray(19);

function keyWith(odd: (bytes: Buffer) => boolean): SshKeyPair {
  for (;;) {
    const pair = generateKeyPair("odd");
    if (odd(bytesOf(pair))) return pair;
  }
}

describe("keys whose bytes are odd", () => {
  const odd: [string, (bytes: Buffer) => boolean][] = [
    ["begin with a zero", (bytes) => bytes[0] === 0],
    ["begin with a high bit", (bytes) => (bytes[0] ?? 0) > 127],
    ["end with a zero", (bytes) => bytes.at(-1) === 0],
    ["end with a newline", (bytes) => bytes.at(-1) === 10],
    ["begin with a newline", (bytes) => bytes[0] === 10],
  ];
  const rigs: SshdRig[] = [];
  let sshd: SshdRig;

  beforeAll(async () => {
    sshd = await startSshd();
    rigs.push(sshd);
  });
  afterAll(() => Promise.all(rigs.map((rig) => rig.stop())));

  it.each(odd)("log in when they %s", async (_what, check) => {
    const client = keyWith(check);
    await writeFile(join(sshd.folder, "authorized_keys"), `${client.publicKey}\n`);
    const { port, user, hostKey } = sshd;
    const target = {
      host: "127.0.0.1",
      port,
      user,
      privateKey: client.privateKey,
      hostPublicKey: hostKey.publicKey,
    };
    expect(await login(target)).toMatchObject({ attempts: 1 });
  });

  it.each(odd)("serve when they %s", async (_what, check) => {
    const rig = await startSshd({ hostKey: keyWith(check) });
    rigs.push(rig);
    const { port, user, hostKey, clientKey } = rig;
    const target = {
      host: "127.0.0.1",
      port,
      user,
      privateKey: clientKey.privateKey,
      hostPublicKey: hostKey.publicKey,
    };
    expect(await login(target)).toMatchObject({ attempts: 1 });
  });
});
