import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../model/endpoint.js";
import { AgentError } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import { sshUnreachable } from "./sshErrors.js";
import { runProgram } from "./sshProgram.js";
import { proxyOf } from "./sshProxy.js";
import { expandPath, isPlainWord } from "./sshTokens.js";

export type SshEndpoint = Extract<Endpoint, { kind: "ssh" }>;

/** The user's OpenSSH: what decides how a host is reached. */
export interface SshSurroundings {
  /** Read in place of `~/.ssh/config` and the system's file, as `ssh -F` does. */
  configFile?: string;
  /** For `SSH_AUTH_SOCK`, `PATH` and what the configuration names. Default: this process's. */
  env?: NodeJS.ProcessEnv;
  /** Milliseconds of silence after which a host is asked whether it is still there. Default 30 000. */
  keepaliveMs?: number;
}

/** How a host is reached and known, as OpenSSH would do it. */
export interface SshTarget {
  hostName: string;
  port: number;
  user: string;
  /** The name in known_hosts in place of the host's. */
  hostKeyAlias?: string;
  /** Absolute; not all exist. */
  identityFiles: readonly string[];
  /** Only keys in `identityFiles`, also of those that the agent holds. */
  identitiesOnly: boolean;
  agentSocket?: string;
  /** As `ssh -G` prints them: several on a line, parted by blanks. */
  knownHostsLines: readonly string[];
  /** As OpenSSH names them; empty: no restriction. */
  hostKeyAlgorithms: readonly string[];
  family: 0 | 4 | 6;
  /** A program whose input and output are the connection, in place of a socket. */
  proxy?: { file: string; args: readonly string[] };
}

/** Asks `ssh -G` what the user's configuration makes of the host. `ENGINE_UNREACHABLE` when ssh refuses it. */
export async function readSshTarget(
  engine: string,
  endpoint: SshEndpoint,
  surroundings: SshSurroundings,
  log: Logger,
  signal: AbortSignal,
): Promise<SshTarget> {
  const { host, user, port } = endpoint;
  for (const word of [host, user]) {
    if (word !== undefined && !isPlainWord(word)) {
      throw new AgentError("ENGINE_NOT_FOUND", `"${word}" in ${engine} is not a name of a host or user.`, {
        remedy: "Check the address in the setting agentContainers.engine.",
      });
    }
  }
  const { env = process.env, configFile } = surroundings;
  const args = [
    ...(configFile ? ["-F", configFile] : []),
    ...(user ? ["-l", user] : []),
    ...(port ? ["-p", String(port)] : []),
  ];
  const outcome = await runProgram("ssh", ["-G", ...args, "--", host], env, signal);
  if (!outcome)
    log.warn(`There is no ssh program here: ${engine} is reached without your SSH configuration.`);
  else if (outcome.exitCode !== 0) {
    const reason = outcome.stderr.split(/\r?\n/).find((line) => /line \d+|Bad owner|error/i.test(line));
    throw sshUnreachable(
      engine,
      `ssh refuses its configuration (${(reason ?? outcome.stderr.trim()).slice(0, 300)})`,
      "Correct that line of your SSH configuration.",
    );
  }
  return toTarget(endpoint, outcome?.stdout ?? "", { ...surroundings, env });
}

/** The answer of `ssh -G`, an empty one included, as a target. Pure but for the names of this machine's user. */
export function toTarget(
  endpoint: SshEndpoint,
  answer: string,
  { env, configFile }: SshSurroundings & { env: NodeJS.ProcessEnv },
): SshTarget {
  const found = new Map<string, string[]>();
  for (const line of answer.split(/\r?\n/)) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) found.set(key, [...(found.get(key) ?? []), value]);
  }
  const first = (key: string) => {
    const value = found.get(key)?.[0];
    return value === "none" ? undefined : value;
  };
  const { username, homedir: passwdHome } = userInfo();
  // OpenSSH takes the home of the password file, whatever HOME says.
  const home = passwdHome || homedir();
  const hostName = first("hostname") ?? endpoint.host;
  const port = Number(first("port") ?? endpoint.port ?? 22);
  const user = first("user") ?? endpoint.user ?? username;
  const tokens = { h: hostName, n: endpoint.host, p: String(port), r: user, d: home, u: username };
  const path = (value: string) => expandPath(value, home, env, tokens);
  const hostKeyAlias = first("hostkeyalias");
  const ssh = join(home, ".ssh");
  const identityFiles =
    found.get("identityfile") ?? ["id_ed25519", "id_ecdsa", "id_rsa"].map((name) => join(ssh, name));
  const family = first("addressfamily");
  return {
    hostName,
    port,
    user,
    ...(hostKeyAlias && { hostKeyAlias }),
    identityFiles: identityFiles.filter((file) => file !== "none").map(path),
    identitiesOnly: first("identitiesonly") === "yes",
    agentSocket: agentSocket(found.get("identityagent")?.[0], env, path),
    knownHostsLines: [
      first("userknownhostsfile") ?? join(ssh, "known_hosts"),
      first("globalknownhostsfile") ?? "/etc/ssh/ssh_known_hosts",
    ],
    hostKeyAlgorithms: first("hostkeyalgorithms")?.split(",") ?? [],
    family: family === "inet" ? 4 : family === "inet6" ? 6 : 0,
    proxy: proxyOf(first("proxyjump"), first("proxycommand"), tokens, configFile, env),
  };
}

function agentSocket(
  setting: string | undefined,
  env: NodeJS.ProcessEnv,
  path: (value: string) => string,
): string | undefined {
  if (setting === "none") return undefined;
  const ambient =
    env.SSH_AUTH_SOCK ?? (process.platform === "win32" ? "\\\\.\\pipe\\openssh-ssh-agent" : undefined);
  if (setting === undefined || setting === "SSH_AUTH_SOCK") return given(ambient);
  const variable = /^\$(\w+)$/.exec(setting)?.[1];
  return given(variable ? env[variable] : path(setting));
}

/** An empty variable is none. */
const given = (text: string | undefined) => (text === "" ? undefined : text);
