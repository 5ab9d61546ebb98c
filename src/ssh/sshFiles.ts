import { readdir } from "node:fs/promises";
import { folderPaths, forSsh } from "./folderPaths.js";
import type { SshTarget } from "../model/agent.js";

/** Where the SSH files of an agent lie on this machine, without reading the configuration. */
export interface SshFiles {
  /** The paths, whether or not there is anything. Throws `SPEC_INVALID` for what is not an agent id. */
  of(agentId: string): Pick<SshTarget, "identityFile" | "knownHostsFile" | "configFile">;
  /** True where this machine holds the agent's private key; false for what is not an agent id. */
  hasKey(agentId: string): Promise<boolean>;
  /** The same for many agents, by one look at the folder. */
  keysHeld(): Promise<KeysHeld>;
}

/** Whether this machine holds the private key of an agent; false for what is not an agent id. */
export type KeysHeld = (agentId: string) => boolean;

/** `sshDir` is `<home>/.ssh`; it need not exist. */
export function sshFilesOf(sshDir: string): SshFiles {
  const paths = folderPaths(sshDir);
  const keysHeld = async (): Promise<KeysHeld> => {
    try {
      const names = new Set(await readdir(paths.keys));
      // Labels are anybody's: an id that no file could bear is no name in a folder.
      return (agentId) => names.has(agentId);
    } catch (error) {
      // Before the first agent there is no folder.
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return () => false;
      throw error;
    }
  };
  const shared = { knownHostsFile: forSsh(paths.knownHosts), configFile: forSsh(paths.config) };
  return {
    of: (agentId) => ({ identityFile: forSsh(paths.key(agentId)), ...shared }),
    hasKey: async (agentId) => (await keysHeld())(agentId),
    keysHeld,
  };
}
