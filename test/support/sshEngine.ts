import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DockerEngineOptions } from "../../src/engine/dockerEngine.js";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import type { SshdRig } from "../engine/sshdRig.js";
import { startSshd } from "../engine/sshdRig.js";
import type { TcpProxy } from "./tcpProxy.js";
import { proxyTcp } from "./tcpProxy.js";
import { testSocketPath } from "./testEngine.js";

/** A private sshd on loopback with the tests' engine behind it, and a user's own configuration of OpenSSH. */
export interface SshEngineRig {
  sshd: SshdRig;
  /** Between client and sshd. */
  proxy: TcpProxy;
  /** What `ssh -F` takes. The host is `far`; beside it stands what a test adds. */
  configFile: string;
  knownHosts: string;
  /** An engine at `ssh://far` + `path` (default: the tests' engine's socket). */
  engine(
    options?: Partial<DockerEngineOptions> & { path?: string | null; host?: string; user?: string },
  ): Engine;
  /** Replaces the configuration: `common` are the lines that a host needs. */
  configure(text: (common: string) => string): Promise<void>;
  /** Lets known_hosts know the host's key also for another port of loopback, and nothing else. */
  trust(port: number): Promise<void>;
  /** Signals the processes of sshd that serve connections, and not the one that listens. */
  signalSessions(signal: "SIGKILL" | "SIGSTOP"): Promise<void>;
  /** Signals the process of sshd that listens. */
  signalListener(signal: "SIGSTOP" | "SIGCONT"): Promise<void>;
  stop(): Promise<void>;
}

/** `extra` are lines for sshd_config, before the rig's own. */
export async function startSshEngine(extra = ""): Promise<SshEngineRig> {
  const sshd = await startSshd({ extra });
  const proxy = await proxyTcp(sshd.port);
  const file = (name: string) => join(sshd.folder, name);
  const configFile = file("ssh_config");
  const knownHosts = file("known_hosts");
  await writeFile(file("client_key"), sshd.clientKey.privateKey, { mode: 0o600 });
  const trust = (port: number) => writeFile(knownHosts, `[127.0.0.1]:${port} ${sshd.hostKey.publicKey}\n`);
  await trust(proxy.port);
  const common = [
    "HostName 127.0.0.1",
    `Port ${proxy.port}`,
    `User ${sshd.user}`,
    `IdentityFile ${file("client_key")}`,
    "IdentitiesOnly yes",
    "IdentityAgent none",
    `UserKnownHostsFile ${knownHosts}`,
    "GlobalKnownHostsFile /dev/null",
  ].join("\n  ");
  const rig: SshEngineRig = {
    sshd,
    proxy,
    configFile,
    knownHosts,
    engine({ path = testSocketPath(), host = "far", user, ...options } = {}) {
      const endpoint = { kind: "ssh" as const, host, ...(path && { path }), ...(user && { user }) };
      return createDockerEngine(endpoint, { log: nullLogger, ssh: { configFile }, ...options });
    },
    configure: (text) => writeFile(configFile, text(common)),
    trust,
    async signalSessions(signal) {
      for (const pid of (await processesOf(sshd.folder)).sessions) process.kill(pid, signal);
    },
    async signalListener(signal) {
      process.kill((await processesOf(sshd.folder)).listener, signal);
    },
    async stop() {
      await proxy.close();
      await sshd.stop();
    },
  };
  await rig.configure((lines) => `Host far\n  ${lines}\n`);
  return rig;
}

/** The sshd whose configuration lies in `folder`, and its children. */
async function processesOf(folder: string): Promise<{ listener: number; sessions: number[] }> {
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
      if (!command.includes(`${folder}/sshd_config`)) continue;
      const children = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8");
      return { listener: Number(pid), sessions: children.split(" ").filter(Boolean).map(Number) };
    } catch {
      // It ended while we looked.
    }
  }
  throw new Error("the rig's sshd does not run");
}
