import { AgentError } from "../model/errors.js";
import type { TarEntry } from "./packTar.js";

/** What an agent's init and sshd read from its state volume (`src/image/init/init.sh`). */
export interface AgentFilesRequest {
  /** Names the agent's folder on the volume. */
  agentId: string;
  /** In OpenSSH's formats. */
  hostKey: { privateKey: string; publicKey: string };
  /** Lines of an authorized_keys file. */
  authorizedKeys: readonly string[];
  /** Lines for sshd_config that give every SSH session its environment; may be empty. */
  sshdEnvironment: string;
  /** The agent's user, who owns the folder that /mngr links to. */
  uid: number;
  gid: number;
}

/**
 * The entries that make a new state volume into this agent's, for an archive that is put at `/` before the first
 * start. They hold the private host key and perhaps secrets of the environment: they go nowhere else. `SPEC_INVALID`
 * for an id that no path should hold.
 */
export function renderAgentFiles(request: AgentFilesRequest): TarEntry[] {
  const { agentId, hostKey, authorizedKeys, sshdEnvironment, uid, gid } = request;
  // It becomes a path, read by root.
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(agentId)) {
    throw new AgentError("SPEC_INVALID", `"${agentId}" is not an agent's id.`, { field: "id" });
  }
  const root = { uid: 0, gid: 0 };
  const folder = (path: string, owner = root): TarEntry => ({
    type: "directory",
    path,
    mode: 0o755,
    ...owner,
  });
  const file = (path: string, mode: number, text: string): TarEntry => ({
    type: "file",
    path,
    mode,
    ...root,
    content: Buffer.from(text, "utf8"),
  });
  const ssh = "mngr-state/ssh";
  return [
    folder("mngr-state"),
    file("mngr-state/agent-id", 0o644, `${agentId}\n`),
    folder("mngr-state/volumes"),
    folder(`mngr-state/volumes/${agentId}`, { uid, gid }),
    folder(ssh),
    file(`${ssh}/ssh_host_ed25519_key`, 0o600, endedLine(hostKey.privateKey)),
    file(`${ssh}/ssh_host_ed25519_key.pub`, 0o644, endedLine(hostKey.publicKey)),
    // sshd reads it as the user.
    file(`${ssh}/authorized_keys`, 0o644, authorizedKeys.map(endedLine).join("")),
    file(`${ssh}/environment.conf`, 0o600, sshdEnvironment && endedLine(sshdEnvironment)),
  ];
}

const endedLine = (text: string) => `${text.trimEnd()}\n`;
