import { access } from "node:fs/promises";
import { isAgentError } from "../model/errors.js";
import { folderPaths, forSsh } from "./folderPaths.js";
import type { SshTarget } from "../model/agent.js";

/** Where the SSH files of an agent lie on this machine, without reading the configuration. */
export interface SshFiles {
  /** The paths, whether or not there is anything. Throws `SPEC_INVALID` for what is not an agent id. */
  of(agentId: string): Pick<SshTarget, "identityFile" | "knownHostsFile" | "configFile">;
  /** True where this machine holds the agent's private key; false for what is not an agent id. */
  hasKey(agentId: string): Promise<boolean>;
}

/** `sshDir` is `<home>/.ssh`; it need not exist. */
export function sshFilesOf(sshDir: string): SshFiles {
  const paths = folderPaths(sshDir);
  return {
    of: (agentId) => ({
      identityFile: forSsh(paths.key(agentId)),
      knownHostsFile: forSsh(paths.knownHosts),
      configFile: forSsh(paths.config),
    }),
    async hasKey(agentId) {
      try {
        await access(paths.key(agentId));
        return true;
      } catch (error) {
        // Labels are anybody's: an id that no file could bear has no key here.
        if (isAgentError(error) || (error instanceof Error && "code" in error && error.code === "ENOENT"))
          return false;
        throw error;
      }
    },
  };
}
