import * as vscode from "vscode";
import { messageOf } from "../model/errors.js";
import { createAgentTree } from "./agentTree.js";
import { pruneCommand } from "./pruneCommand.js";
import { renameCommand } from "./renameCommand.js";
import type { AgentContainersApi } from "./api.js";
import { createApi } from "./createApi.js";
import { createCommand } from "./createCommand.js";
import { createCoreHost } from "./coreHost.js";
import { createDocuments } from "./documents.js";
import { engineCommands } from "./engineCommands.js";
import { failureCommands } from "./failureCommands.js";
import { healWindow } from "./heal.js";
import { lifecycleCommands } from "./lifecycleCommands.js";
import { openCommands } from "./openCommands.js";
import { createOpenWorkspace } from "./openWorkspace.js";
import { createPresent } from "./present.js";
import { readCommands } from "./readCommands.js";
import { registerCommands, type CommandTable } from "./register.js";
import { createStatusBar } from "./statusBar.js";

/** Puts the room together. Loads no core: the first view, command, or the status bar a moment later does. */
export async function activateRoom(context: vscode.ExtensionContext): Promise<AgentContainersApi> {
  const { extensionKind } = context.extension;
  const log = vscode.window.createOutputChannel(vscode.l10n.t("Agent Containers"), { log: true });
  const host = createCoreHost(log);
  const documents = createDocuments();
  const present = createPresent(documents.show, (error) => log.error(messageOf(error)));
  const openWorkspace = createOpenWorkspace(host, extensionKind, log);
  const table: CommandTable = {
    create: createCommand(host, context.globalState, present),
    ...readCommands(host, documents.show),
    ...failureCommands(host, documents.show),
    ...lifecycleCommands(host, present),
    rename: renameCommand(host),
    prune: pruneCommand(host),
    ...openCommands(host, openWorkspace, extensionKind),
    ...engineCommands(host, () => log.show()),
  };
  context.subscriptions.push(
    // Released in this order; the log comes last, because the others may write to it to the end.
    registerCommands(table, present, log),
    createAgentTree(host),
    createStatusBar(host),
    documents,
    host,
    log,
  );
  await healWindow(host, extensionKind, log);
  // Off the path of activation; a failure is in the state that the status bar shows.
  setImmediate(() => void host.core().catch((error: unknown) => log.warn(messageOf(error))));
  return createApi(host, openWorkspace);
}
