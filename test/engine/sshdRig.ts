import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { generateKeyPair, type SshKeyPair } from "../../src/ssh/keyPair.js";

/** A real sshd on a loopback port, with throw-away keys, that takes `clientKey` for the user who runs the tests. */
export interface SshdRig {
  port: number;
  user: string;
  hostKey: SshKeyPair;
  clientKey: SshKeyPair;
  folder: string;
  stop(): Promise<void>;
}

/** `extra` are lines of sshd_config before ours: the first value wins. */
export async function startSshd({
  extra = "",
  port = 0,
  hostKey = generateKeyPair("host"),
} = {}): Promise<SshdRig> {
  const folder = await mkdtemp(join(tmpdir(), "sshd-"));
  const clientKey = generateKeyPair("client");
  const chosen = port === 0 ? await freePort() : port;
  await writeFile(join(folder, "host_key"), hostKey.privateKey, { mode: 0o600 });
  await writeFile(join(folder, "authorized_keys"), `${clientKey.publicKey}\n`, { mode: 0o600 });
  const config = `${extra}
ListenAddress 127.0.0.1:${chosen}
HostKey ${folder}/host_key
AuthorizedKeysFile ${folder}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
AllowTcpForwarding local
PidFile none
MaxStartups 100
Subsystem sftp internal-sftp
`;
  await writeFile(join(folder, "sshd_config"), config);
  // sshd wants this folder when it is run by root.
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  const child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", join(folder, "sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await listening(child);
  return {
    port: chosen,
    user: userInfo().username,
    hostKey,
    clientKey,
    folder,
    async stop() {
      if (child.exitCode === null && child.kill()) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listening(child: ChildProcess): Promise<void> {
  let log = "";
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`sshd ended: ${log}`)));
    child.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes("Server listening")) resolve();
    });
  });
}

/** A loopback port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** What a program wrote; rejects, with its words, when it fails or takes more than 20 s. */
export const run = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)(file, [...args], { timeout: 20_000, env: { ...process.env, ...env } });
