import * as vscode from "vscode";
import type { Agent } from "../model/agent.js";
import { messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import type { CoreHost } from "./coreHost.js";
import { healing } from "./healing.js";
import { confirm } from "./present.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

/** The authority that the window was restored with; undefined where this extension is not on the editor's side. */
function authorityOfWindow(extensionKind: vscode.ExtensionKind): string | undefined {
  if (extensionKind !== vscode.ExtensionKind.UI || vscode.env.remoteName !== "ssh-remote") return undefined;
  return vscode.workspace.workspaceFolders?.[0]?.uri.authority ?? vscode.workspace.workspaceFile?.authority;
}

async function agreed(agent: Agent): Promise<boolean> {
  return confirm(
    t("The agent {0} is stopped.", agent.name),
    t("This window works in it. Start it and connect?"),
    t("Start"),
  );
}

/**
 * Starts the agent that a restored window works in, before Remote-SSH connects to it; to be waited for, because the
 * editor resolves the address when the extension is active. An agent that was stopped is only started when the user
 * agrees. Never rejects: what goes wrong is logged, and Remote-SSH then says what it meets.
 */
export async function healWindow(
  host: CoreHost,
  extensionKind: vscode.ExtensionKind,
  log: Logger,
): Promise<void> {
  const authority = authorityOfWindow(extensionKind);
  try {
    // Before the core is loaded: most remote windows are none of ours.
    if (!authority?.startsWith("ssh-remote+")) return;
    const core = await host.core();
    const { agent, action } = healing(authority, await core.list());
    if (!agent || action === "none") return;
    if (action === "ask" && !(await agreed(agent))) return;
    log.info(`starting ${agent.name} for its window`);
    await withStages(t("Starting {0}", agent.name), (options) => core.start(agent.id, options));
  } catch (error) {
    log.warn(`the agent of this window was not started: ${messageOf(error)}`);
  }
}
