import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { generateKeyPair } from "../../src/ssh/keyPair.js";

const run = promisify(execFile);

/** A user's own configuration whose `Host *` would break every directive that we do not set ourselves. */
export const hostileConfig = (proxy: string) => `# a user's own
Host *
  User nobody
  Port 1
  ControlMaster auto
  ControlPath /no/such/folder/%C
  ForwardAgent yes
  RemoteCommand echo leaked
  RequestTTY force
  IdentityFile ~/.ssh/id_other
  StrictHostKeyChecking ask
  UserKnownHostsFile /dev/null
  PubkeyAuthentication no
  HostKeyAlgorithms rsa-sha2-512
  AddressFamily inet6
  ${proxy}
`;

/** An ssh-agent that holds eight keys which no server of ours takes: more than a server lets anybody try. */
export interface CrowdedAgent {
  stop(): Promise<void>;
}

/** Starts a real ssh-agent that listens on `socket`. */
export async function startCrowdedAgent(socket: string): Promise<CrowdedAgent> {
  const agent = spawn("ssh-agent", ["-D", "-a", socket], { stdio: ["ignore", "pipe", "inherit"] });
  await once(agent.stdout, "data");
  const folder = await mkdtemp(join(tmpdir(), "agent-containers-keys-"));
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  for (let count = 0; count < 8; count += 1) {
    const file = join(folder, `other-${count}`);
    await writeFile(file, generateKeyPair(`other ${count}`).privateKey, { mode: 0o600 });
    await run("ssh-add", ["-q", file], { env });
  }
  const { stdout } = await run("ssh-add", ["-l"], { env });
  if (stdout.trim().split("\n").length !== 8) throw new Error(`the agent holds other keys: ${stdout}`);
  return {
    stop: async () => {
      agent.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
