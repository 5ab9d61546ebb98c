import * as vscode from "vscode";
import { messageOf } from "../model/errors.js";
import { createChangesDocuments } from "./changesDocuments.js";
import { lazyChanges } from "./lazyChanges.js";
import { createAgentTree } from "./agentTree.js";
import { createArrangementHost } from "./arrangementHost.js";
import type { AgentContainersApi } from "./api.js";
import { createApi } from "./createApi.js";
import { createBuildLog } from "./buildLog.js";
import { createCoreHost } from "./coreHost.js";
import { createDocuments } from "./documents.js";
import { createDropController } from "./dropController.js";
import { engineCommands } from "./engineCommands.js";
import { engineRowCommands } from "./engineRowCommands.js";
import { fileCommands, registerAgentFiles } from "./fileCommands.js";
import { failureCommands } from "./failureCommands.js";
import { filterCommands } from "./filterCommands.js";
import { groupingCommands } from "./groupingCommands.js";
import { foreignCommands } from "./foreignCommands.js";
import { healWindow } from "./heal.js";
import { lifecycleCommands } from "./lifecycleCommands.js";
import { createLogChannels } from "./logChannels.js";
import { createMetricsPanel, showMetricsCommand } from "./metricsPanel.js";
import { createNotices } from "./notices.js";
import { openCommands } from "./openCommands.js";
import { createOpenWorkspace } from "./openWorkspace.js";
import { createPresent } from "./present.js";
import { readCommands } from "./readCommands.js";
import { showRecoveries } from "./recoveryNotice.js";
import { loaded, registerCommands, type CommandTable } from "./register.js";
import { orDeleteSnapshots, snapshotCommands } from "./snapshotCommands.js";
import { createSnapshotShelf } from "./snapshotShelf.js";
import { createStatusBar } from "./statusBar.js";
import { createStoredSecrets } from "./storedSecrets.js";

/** Puts the room together. Loads no core: the first view, command, or the status bar a moment later does. */
export async function activateRoom(context: vscode.ExtensionContext): Promise<AgentContainersApi> {
  const { extensionKind } = context.extension;
  const log = vscode.window.createOutputChannel(vscode.l10n.t("Agent Containers"), { log: true });
  const stored = createStoredSecrets(context.secrets, context.globalState);
  const builds = createBuildLog();
  const host = createCoreHost(log, stored, (name, line) => builds.append(name, line));
  const documents = createDocuments();
  const present = createPresent(documents.show, (error) => log.error(messageOf(error)));
  const openWorkspace = createOpenWorkspace(host, extensionKind, log);
  const arrangement = createArrangementHost(context.workspaceState, (error) => log.error(messageOf(error)));
  const create = loaded(async () => {
    const { createCommand } = await import("./createCommand.js");
    return createCommand(host, context.globalState, stored, present);
  }, false);
  const shelf = createSnapshotShelf(host, log);
  const logs = createLogChannels(host, log);
  const metrics = createMetricsPanel(host, context.extensionUri);
  const marks = vscode.Uri.joinPath(context.globalStorageUri, "told").fsPath;
  const isWatched = (agentId: string) =>
    vscode.window.state.focused && (metrics.isVisible(agentId) || logs.isVisible(agentId));
  const lifecycle = lifecycleCommands(host, present, shelf);
  const failed = (error: unknown) => log.error(messageOf(error));
  const snapshots = snapshotCommands(host, shelf, stored, present, failed, documents.show);
  const table: CommandTable = {
    create,
    createHere: create,
    ...readCommands(host, documents.show, logs),
    showMetrics: showMetricsCommand(host, metrics),
    ...fileCommands(host),
    ...failureCommands(host, documents.show),
    ...snapshots,
    ...lifecycle,
    ...lazyChanges(host),
    destroy: orDeleteSnapshots(lifecycle.destroy, snapshots.deleteSnapshot),
    rename: loaded(async () => (await import("./renameCommand.js")).renameCommand(host)),
    prune: loaded(async () => (await import("./pruneCommand.js")).pruneCommand(host), false),
    ...openCommands(host, openWorkspace, extensionKind),
    ...foreignCommands(host),
    setSecret: loaded(
      async () => (await import("./secretCommands.js")).secretCommands(stored).setSecret,
      false,
    ),
    removeSecret: loaded(
      async () => (await import("./secretCommands.js")).secretCommands(stored).removeSecret,
      false,
    ),
    ...engineCommands(host, shelf, () => log.show()),
    ...engineRowCommands(host, documents.show),
    ...filterCommands(host, arrangement),
    ...groupingCommands(host, arrangement),
  };
  const tree = createAgentTree(host, arrangement, shelf, createDropController(host, present));
  context.subscriptions.push(
    // Released in this order; the log comes last, because the others may write to it to the end.
    registerCommands(table, present, log, () => tree.selection),
    tree,
    arrangement,
    createStatusBar(host),
    showRecoveries(host, () => log.show()),
    createNotices({ host, log, marks, isWatched }),
    logs,
    metrics,
    registerAgentFiles(host),
    documents,
    shelf,
    createChangesDocuments(host),
    host,
    builds,
    log,
  );
  await healWindow(host, extensionKind, log);
  // Off the path of activation; a failure is in the state that the status bar shows.
  setImmediate(() => void host.core().catch((error: unknown) => log.warn(messageOf(error))));
  return createApi(host, openWorkspace);
}
