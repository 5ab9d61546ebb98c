import { AgentError } from "../model/errors.js";
import type { SessionSpec } from "../model/sessionSpec.js";
import { renderSession, sessionsFolder } from "../model/sessionSpec.js";
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
  /** What init waits for before it runs the command; absent where the agent has no secrets. */
  secretNames?: readonly string[];
  /** Of `tailscale up`; absent where the agent is on no tailnet. */
  tailscaleArguments?: readonly string[];
  /** For the names of its tmux sessions; absent where it has none. */
  name?: string;
  /** What init starts in tmux; a fork is given its source's otherwise. */
  sessions?: readonly SessionSpec[];
  /** The agent's user, who owns the folder that /mngr links to. */
  uid: number;
  gid: number;
  /** True where these are not the ids of the image: init then gives them to the user. */
  takeIds?: boolean;
}

/**
 * The time of an agent's own folder for as long as nothing was ever put into it. Putting something there, or taking it
 * away, gives a folder the time of that moment.
 */
export const untouchedTime = new Date("2001-02-03T04:05:06Z");

/** The agent's own folder on its volume, to which /mngr leads; with the folder that it is in. */
export function renderOwnFolder(agentId: string, owner: { uid: number; gid: number }): TarEntry[] {
  const folder = { type: "directory", mode: 0o755 } as const;
  return [
    { ...folder, path: "mngr-state/volumes", uid: 0, gid: 0 },
    { ...folder, path: `mngr-state/volumes/${agentId}`, ...owner, mtime: untouchedTime },
  ];
}

/**
 * The entries that make a new state volume into this agent's, for an archive that is put at `/` before the first
 * start. They hold the private host key and perhaps secrets of the environment: they go nowhere else. `SPEC_INVALID`
 * for an id that no path should hold.
 */
export function renderAgentFiles(request: AgentFilesRequest): TarEntry[] {
  const { agentId, hostKey, authorizedKeys, sshdEnvironment, uid, gid, takeIds } = request;
  const { secretNames, tailscaleArguments, name, sessions = [] } = request;
  // It becomes a path, read by root.
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(agentId)) {
    throw new AgentError("SPEC_INVALID", `"${agentId}" is not an agent's id.`, { field: "id" });
  }
  const root = { uid: 0, gid: 0 };
  const folder = (path: string): TarEntry => ({ type: "directory", path, mode: 0o755, ...root });
  const file = (path: string, mode: number, text: string): TarEntry => ({
    type: "file",
    path,
    mode,
    ...root,
    content: Buffer.from(text, "utf8"),
  });
  const ssh = "mngr-state/ssh";
  const tailscale = "mngr-state/tailscale";
  const lines = (texts: readonly string[]) => texts.map((text) => `${text}\n`).join("");
  return [
    folder("mngr-state"),
    file("mngr-state/agent-id", 0o644, `${agentId}\n`),
    ...(name === undefined ? [] : [renderAgentName(name)]),
    ...(takeIds ? [file("mngr-state/user-ids", 0o644, `${uid} ${gid}\n`)] : []),
    ...renderOwnFolder(agentId, { uid, gid }),
    folder(ssh),
    file(`${ssh}/ssh_host_ed25519_key`, 0o600, endedLine(hostKey.privateKey)),
    file(`${ssh}/ssh_host_ed25519_key.pub`, 0o644, endedLine(hostKey.publicKey)),
    // sshd reads it as the user.
    file(`${ssh}/authorized_keys`, 0o644, authorizedKeys.map(endedLine).join("")),
    file(`${ssh}/environment.conf`, 0o600, sshdEnvironment && endedLine(sshdEnvironment)),
    ...(secretNames ? [file("mngr-state/secrets", 0o644, lines(secretNames))] : []),
    ...(tailscaleArguments
      ? [folder(tailscale), file(`${tailscale}/arguments`, 0o600, lines(tailscaleArguments))]
      : []),
    ...(sessions.length > 0 ? [folder(`mngr-state/${sessionsFolder}`)] : []),
    // The user reads them.
    ...sessions.map((session) =>
      file(`mngr-state/${sessionsFolder}/${session.name}`, 0o644, renderSession(session)),
    ),
  ];
}

const endedLine = (text: string) => `${text.trimEnd()}\n`;

/** The name by which init names the tmux sessions of an agent. */
export function renderAgentName(name: string): TarEntry {
  const content = Buffer.from(`${name}\n`, "utf8");
  return { type: "file", path: "mngr-state/agent-name", mode: 0o644, uid: 0, gid: 0, content };
}
