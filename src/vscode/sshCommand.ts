import type { SshTarget } from "../model/agent.js";
import type { Endpoint } from "../model/endpoint.js";

/**
 * The arguments with which `ssh` opens a terminal, whatever the user's own configuration says: a login shell in
 * `folder`, or at home where the folder is gone.
 */
export function terminalArguments(ssh: SshTarget, folder: string): string[] {
  return ["-F", ssh.configFile, "-t", ssh.alias, `cd ${quote(folder)}; exec "$SHELL" -l`];
}

/** One word for a POSIX shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What a user types in any terminal: the alias is in the user's configuration, and holds no special character. */
export function sshCommand(ssh: SshTarget): string {
  return `ssh ${ssh.alias}`;
}

/**
 * The arguments with which `ssh` logs in to the host of an engine and out again: what a user needs to look at its key.
 * `configFile` where plain `ssh` would read another one.
 */
export function hostArguments(
  { host, port, user }: Extract<Endpoint, { kind: "ssh" }>,
  configFile: string | undefined,
): string[] {
  return [
    ...(configFile === undefined ? [] : ["-F", configFile]),
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(user === undefined ? [] : ["-l", user]),
    "--",
    host,
    // Known to every shell, those of Windows as well.
    "exit",
  ];
}
