import * as vscode from "vscode";
import type { Agent, SshTarget } from "../model/agent.js";
import { AgentError } from "../model/errors.js";
import { plainTitle } from "./plainTitle.js";
import { terminalArguments } from "./sshCommand.js";

/** Where an agent's login is; `SSH_AUTH` where this machine holds no key for it. */
export function requireSsh(agent: Agent): SshTarget {
  if (agent.ssh) return agent.ssh;
  throw new AgentError("SSH_AUTH", vscode.l10n.t("This machine has no key for {0}.", agent.name), {
    remedy: vscode.l10n.t("Log in from the machine that created it."),
  });
}

/** Opens a terminal that is logged in to an agent, in its workspace. No shell of this machine is between. */
export function openTerminal(agent: Agent): void {
  const terminal = vscode.window.createTerminal({
    name: plainTitle(agent.name),
    iconPath: new vscode.ThemeIcon("vm"),
    shellPath: process.platform === "win32" ? "ssh.exe" : "ssh",
    shellArgs: terminalArguments(requireSsh(agent), agent.workspaceFolder),
  });
  terminal.show();
}
