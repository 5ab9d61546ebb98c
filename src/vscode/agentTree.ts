import * as vscode from "vscode";
import type { AgentEndpoint } from "../model/agent.js";
import type { AgentRow } from "../store/rows.js";
import type { EngineState } from "../store/state.js";
import { agentItem, endpointItem, type ItemData } from "./agentItem.js";
import type { CoreHost } from "./coreHost.js";
import { commandIds, contextKeys, viewIds } from "./ids.js";
import { changedIds } from "./changedRows.js";
import { engineItem } from "./engineItem.js";
import type { Node } from "./nodes.js";
import { engineProblem, viewState } from "./viewState.js";

const { t } = vscode.l10n;

function treeItem(data: ItemData, collapsible: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(data.label, collapsible);
  item.id = data.id;
  item.description = data.description;
  item.iconPath = new vscode.ThemeIcon(
    data.icon.id,
    data.icon.color ? new vscode.ThemeColor(data.icon.color) : undefined,
  );
  item.contextValue = data.contextValue;
  // Neither trusted nor with theme icons: the text of a container stays text.
  item.tooltip = new vscode.MarkdownString(data.tooltip);
  item.accessibilityInformation = { label: data.accessibilityLabel };
  return item;
}

/** The tree over the picture: engines where there are several, agents, and the ports of each. */
class AgentTree implements vscode.TreeDataProvider<Node> {
  private readonly emitter = new vscode.EventEmitter<Node | undefined>();
  /** By id, so that VS Code sees the same object for the same agent. */
  private readonly nodes = new Map<string, Extract<Node, { kind: "agent" }>>();
  private shown = new Map<string, string>();
  readonly onDidChangeTreeData = this.emitter.event;

  constructor(private readonly host: CoreHost) {}

  /** Redraws what differs from what is shown. */
  update(): void {
    const rows = this.host.state.picture?.agents ?? [];
    const now = new Map(
      rows.map((row) => [row.agent.id, JSON.stringify([agentItem(row, Date.now(), t), row.agent.endpoints])]),
    );
    const engines = this.engines().map(
      (engine) => [engine.name, JSON.stringify(engineItem(engine, t))] as const,
    );
    for (const [name, shown] of engines) now.set(name, shown);
    const changed = changedIds(this.shown, now);
    this.shown = now;
    if (changed === "all" || engines.some(([name]) => changed.has(name))) {
      for (const id of this.nodes.keys()) if (!now.has(id)) this.nodes.delete(id);
      this.emitter.fire(undefined);
      return;
    }
    for (const row of rows) {
      if (changed.has(row.agent.id)) this.emitter.fire(this.nodeOf(row));
    }
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    switch (node.kind) {
      case "engine":
        return treeItem(engineItem(node.engine, t), node.engine.link.kind === "down" ? None : Expanded);
      case "agent":
        return treeItem(
          agentItem(node.row, Date.now(), t),
          node.row.agent.endpoints.length > 0 ? Collapsed : None,
        );
      case "endpoint": {
        const item = treeItem(endpointItem(node.agentId, node.endpoint, t), None);
        item.command = { command: commandIds.openEndpoint, title: t("Open"), arguments: [node] };
        return item;
      }
    }
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node?.kind === "endpoint") return [];
    if (node?.kind === "agent") return this.endpointsOf(node.row);
    if (node?.kind === "engine") return this.agentsOf(node.engine.name);
    await this.host.core().catch(() => undefined);
    await this.host.settled();
    const engines = this.engines();
    return engines.length > 0 ? engines.map((engine) => ({ kind: "engine", engine })) : this.agentsOf();
  }

  getParent(node: Node): Node | undefined {
    if (node.kind !== "endpoint") return undefined;
    return this.nodes.get(node.agentId);
  }

  /** The engines that get a row: a single one needs none. */
  private engines(): readonly EngineState[] {
    const engines = this.host.state.picture?.engines ?? [];
    return engines.length > 1 ? engines : [];
  }

  private agentsOf(engine?: string): Node[] {
    const rows = this.host.state.picture?.agents ?? [];
    return rows
      .filter((row) => engine === undefined || row.agent.engine === engine)
      .map((row) => this.nodeOf(row));
  }

  private endpointsOf(row: AgentRow): Node[] {
    return row.agent.endpoints.map((endpoint: AgentEndpoint) => ({
      kind: "endpoint",
      agentId: row.agent.id,
      endpoint,
    }));
  }

  private nodeOf(row: AgentRow): Node {
    const known = this.nodes.get(row.agent.id);
    if (known) {
      known.row = row;
      return known;
    }
    const node = { kind: "agent" as const, row };
    this.nodes.set(row.agent.id, node);
    return node;
  }
}

/** Shows the view, and keeps its rows, its message and its welcome page true. */
export function createAgentTree(host: CoreHost): vscode.Disposable {
  const tree = new AgentTree(host);
  const view = vscode.window.createTreeView(viewIds.agents, {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: false,
  });
  let page = "";
  const show = () => {
    const next = viewState(host.state);
    if (next !== page) void vscode.commands.executeCommand("setContext", contextKeys.view, (page = next));
    const problem = engineProblem(host.state);
    // A message would hide the welcome page, which says the same with buttons.
    view.message = problem && next === "agents" ? problem.message : undefined;
    tree.update();
  };
  const subscriptions = [
    host.onDidChange(show),
    // Ages go stale while nothing happens; nobody sees that before the view is looked at again.
    view.onDidChangeVisibility(({ visible }) => visible && show()),
    view,
  ];
  return vscode.Disposable.from(...subscriptions);
}
