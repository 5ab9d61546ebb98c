import { join, resolve } from "node:path";
import { AgentError } from "../model/errors.js";
import { checkedAgentId } from "./sshHost.js";

/** Where our files lie, as paths for Node. */
export interface FolderPaths {
  sshDir: string;
  /** The user's own configuration. */
  userConfig: string;
  /** Ours; holds nothing else. */
  folder: string;
  config: string;
  knownHosts: string;
  keys: string;
  lock: string;
  /** There when it was us who made `sshDir`, so that it goes with the last agent. */
  madeSshDir: string;
  /** There when it was us who made the user's configuration. */
  madeUserConfig: string;
  key(agentId: string): string;
}

/**
 * The paths below `sshDir` (`<home>/.ssh`). `SSH_CONFIG_UNWRITABLE` when `sshDir` holds a character that ssh's
 * configuration cannot: it has no escape for quotes, and gives `%` and `${` a meaning.
 */
export function folderPaths(sshDir: string): FolderPaths {
  const base = resolve(sshDir);
  // eslint-disable-next-line no-control-regex -- they are what it refuses
  if (/[\u0000-\u001f\u007f"%]|\$\{/.test(base) || (process.platform !== "win32" && base.includes("\\"))) {
    throw new AgentError(
      "SSH_CONFIG_UNWRITABLE",
      `The folder ${JSON.stringify(base)} has a name that OpenSSH's configuration cannot hold.`,
      { remedy: "Use a home folder without quotes, percent signs, backslashes, ${ and control characters." },
    );
  }
  const folder = join(base, "agent-containers");
  const keys = join(folder, "keys");
  return {
    sshDir: base,
    userConfig: join(base, "config"),
    folder,
    config: join(folder, "config"),
    knownHosts: join(folder, "known_hosts"),
    keys,
    lock: join(folder, ".lock"),
    madeSshDir: join(folder, ".made-ssh-folder"),
    madeUserConfig: join(folder, ".made-ssh-config"),
    key: (agentId) => join(keys, checkedAgentId(agentId)),
  };
}

/** A path as OpenSSH and its imitators read it on every platform: with forward slashes. */
export function forSsh(path: string): string {
  return process.platform === "win32" ? path.replaceAll("\\", "/") : path;
}
