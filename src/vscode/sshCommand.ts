import type { SshTarget } from "../model/agent.js";

/** The arguments with which `ssh` logs in, whatever the user's own configuration says. */
export function sshArguments(ssh: SshTarget): string[] {
  return ["-F", ssh.configFile, ssh.alias];
}

/** What a user types in any terminal: the alias is in the user's configuration, and holds no special character. */
export function sshCommand(ssh: SshTarget): string {
  return `ssh ${ssh.alias}`;
}
