import { AgentError } from "../model/errors.js";

/** `ENGINE_UNREACHABLE`: no SSH connection, for a reason that is a whole sentence's end. */
export function sshUnreachable(engine: string, why: string, remedy: string, cause?: unknown): AgentError {
  return new AgentError("ENGINE_UNREACHABLE", `No SSH connection to ${engine}: ${why}.`, { remedy, cause });
}

/** `ENGINE_UNREACHABLE`: the connection broke while it was used. */
export function sshLost(engine: string, cause?: unknown): AgentError {
  return new AgentError("ENGINE_UNREACHABLE", `The SSH connection to ${engine} was lost.`, {
    remedy: "Check the network and the host, and try again.",
    cause,
  });
}

/** `SSH_AUTH`: the host takes no key of ours. `notes` tell which keys could not be tried, and why. */
export function sshRefused(
  engine: string,
  user: string,
  notes: readonly string[],
  cause?: unknown,
): AgentError {
  const also = notes.length > 0 ? ` Not tried: ${notes.join("; ")}.` : "";
  return new AgentError("SSH_AUTH", `${engine} takes no SSH key for the user ${user}.${also}`, {
    remedy:
      "Try ssh with the same address in a terminal. A key with a passphrase has to be in ssh-agent (ssh-add); " +
      "a password cannot be used.",
    cause,
  });
}

/** `HOST_KEY_CHANGED`: a key that is not the pinned one, or one that was revoked. */
export function sshHostKeyChanged(engine: string, host: string, shown: string, revoked: boolean): AgentError {
  const why = revoked
    ? "which known_hosts marks as revoked"
    : "which is not the one that known_hosts holds: another machine answers there, or its key was replaced";
  return new AgentError("HOST_KEY_CHANGED", `The host of ${engine} shows the key ${shown}, ${why}.`, {
    remedy: `Nothing was sent. If its owner confirms the new key, remove the old one: ssh-keygen -R "${host}".`,
  });
}

/** `HOST_KEY_UNKNOWN`: known_hosts holds nothing of this host, and nobody but the user can say that it is the right one. */
export function sshHostKeyUnknown(engine: string, login: string, shown: string): AgentError {
  return new AgentError(
    "HOST_KEY_UNKNOWN",
    `The host of ${engine} shows the key ${shown}, which is not known here.`,
    {
      remedy: `Run ${login} once in a terminal, and accept its key if it is the right one.`,
    },
  );
}

/** How the Docker engine itself fails, on a host that SSH reaches. */
export function farEngineError(engine: string, words: string): AgentError {
  const cause = new Error(words.trim().slice(0, 1000));
  if (/permission denied/i.test(words)) {
    return new AgentError("ENGINE_PERMISSION", `You are not allowed to use the Docker engine at ${engine}.`, {
      remedy: "Let your user on that host join the docker group (sudo usermod -aG docker $USER).",
      cause,
    });
  }
  return new AgentError("ENGINE_UNREACHABLE", `The Docker engine at ${engine} is not running.`, {
    remedy:
      "Start Docker on that host. If it runs, let sshd forward to its socket (AllowStreamLocalForwarding yes), " +
      "or install the docker command there.",
    cause,
  });
}

/** `ENGINE_NOT_FOUND`: the host has no engine's socket where one is expected. */
export function noFarEngine(engine: string, path?: string): AgentError {
  return new AgentError(
    "ENGINE_NOT_FOUND",
    path
      ? `No Docker engine at ${engine}: there is no socket ${path} on that host.`
      : `No Docker engine at ${engine}.`,
    {
      remedy: "Start Docker on that host, or give the path of its socket: ssh://user@host/path/docker.sock.",
    },
  );
}
