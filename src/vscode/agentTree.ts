import * as vscode from "vscode";
import type { ItemData } from "./agentItem.js";
import type { ArrangementHost } from "./arrangementHost.js";
import type { CoreHost } from "./coreHost.js";
import { targetOf } from "./call.js";
import { isFiltering } from "./filter.js";
import { commandIds, contextKeys, settingKeys, settingsSection, viewIds } from "./ids.js";
import type { Node } from "./nodes.js";
import { openProjects } from "./openProjects.js";
import { SampleRedraw } from "./sampleRedraw.js";
import { readSettings } from "./settings.js";
import type { SnapshotShelf } from "./snapshotShelf.js";
import { StatsWatch } from "./statsWatch.js";
import { createSteady } from "./steady.js";
import { TreeRows } from "./treeRows.js";
import { filterMessage } from "./treeText.js";
import { engineProblem, viewState } from "./viewState.js";

const { t } = vscode.l10n;

/** Between two drawings while changes keep coming: what a person can follow. */
const gapMs = 100;
/** Numbers of one row, which close its tooltip where they draw it anew. */
const samplePace = { gapMs: 5000, readingMs: 15_000 };

function treeItem(data: ItemData, collapsible: vscode.TreeItemCollapsibleState): vscode.TreeItem {
  const item = new vscode.TreeItem(data.label, collapsible);
  item.id = data.id;
  item.description = data.description;
  item.iconPath = new vscode.ThemeIcon(
    data.icon.id,
    data.icon.color ? new vscode.ThemeColor(data.icon.color) : undefined,
  );
  item.contextValue = data.contextValue;
  item.accessibilityInformation = { label: data.accessibilityLabel };
  return item;
}

/** The rows of `TreeRows` as VS Code wants them. */
class AgentTree implements vscode.TreeDataProvider<Node> {
  private readonly emitter = new vscode.EventEmitter<Node[] | undefined>();
  /** What the rows show of what agents use. */
  private readonly stats = new StatsWatch((target) => this.samples.ask(target));
  private readonly samples = new SampleRedraw((target) => this.measured(target), samplePace);
  private readonly rows = new TreeRows(t, (target) => this.stats.latest(target));
  readonly onDidChangeTreeData = this.emitter.event;

  constructor(
    private readonly host: CoreHost,
    private readonly arrangement: ArrangementHost,
    private readonly shelf: SnapshotShelf,
  ) {}

  get counts(): { all: number; shown: number } {
    return this.rows.counts;
  }

  /** Measures the agents that run, while the tree is looked at. */
  look(visible: boolean): void {
    const { loaded, state } = this.host;
    const agents = state.picture?.agents ?? [];
    this.stats.show(visible ? loaded : undefined, agents);
    this.samples.keepOnly(new Set(agents.map(targetOf)));
  }

  dispose(): void {
    this.stats.dispose();
    this.samples.dispose();
  }

  /** Redraws the row of one agent, and only where it differs. */
  private measured(target: string): void {
    const redraw = this.rows.measured(target, Date.now());
    if (redraw.length > 0) this.emitter.fire([...redraw]);
  }

  /** Draws what differs from what is shown; with `afresh` ages as well. */
  update(afresh = false): void {
    const picture = this.host.state.picture ?? { agents: [], engines: [], settings: new Map() };
    const redraw = this.rows.update({
      picture,
      arrangement: this.arrangement.now,
      snapshots: this.shelf.all,
      projects: openProjects(),
      now: Date.now(),
      afresh,
    });
    if (redraw === "all") this.emitter.fire(undefined);
    else if (redraw.length > 0) this.emitter.fire([...redraw]);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
    // A row that went away while VS Code was asking: it asks for the whole anew.
    const data = this.rows.itemOf(node);
    if (!data) return new vscode.TreeItem("");
    if (node.kind === "endpoint") {
      const item = treeItem(data, None);
      item.command = { command: commandIds.openEndpoint, title: t("Open"), arguments: [node] };
      return item;
    }
    if (node.kind === "snapshot") return treeItem(data, None);
    if (node.kind === "agent" || node.kind === "snapshots")
      return treeItem(data, this.rows.childrenOf(node).length > 0 ? Collapsed : None);
    // Also without children: VS Code would keep a row closed that gets its first ones later.
    return treeItem(data, this.arrangement.now.closed.includes(node.id) ? Collapsed : Expanded);
  }

  /** Tooltips are asked for one by one, so that hundreds of rows do not bring theirs along. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    // Neither trusted nor with theme icons: the text of a container stays text.
    item.tooltip = new vscode.MarkdownString(this.rows.itemOf(node)?.tooltip);
    if (node.kind === "agent") this.samples.reading(targetOf(node.row));
    return item;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    if (node) return [...this.rows.childrenOf(node)];
    await this.host.core().catch(() => undefined);
    await this.host.settled();
    this.rows.update({
      picture: this.host.state.picture ?? { agents: [], engines: [], settings: new Map() },
      arrangement: this.arrangement.now,
      snapshots: this.shelf.all,
      projects: openProjects(),
      now: Date.now(),
    });
    return [...this.rows.roots];
  }

  getParent(node: Node): Node | undefined {
    return this.rows.parentOf(node);
  }

  /** True for a row that is still listed. */
  has(node: Node): boolean {
    return this.rows.has(node);
  }
}

/** What the tree lets others know. */
export interface AgentTreeView extends vscode.Disposable {
  /** The rows that are selected. */
  readonly selection: readonly Node[];
}

/** Shows the view, and keeps its rows, its message and its welcome page true. */
export function createAgentTree(
  host: CoreHost,
  arrangement: ArrangementHost,
  shelf: SnapshotShelf,
  dragAndDropController: vscode.TreeDragAndDropController<Node>,
): AgentTreeView {
  const tree = new AgentTree(host, arrangement, shelf);
  const view = vscode.window.createTreeView(viewIds.agents, {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
    dragAndDropController,
  });
  const context = new Map<string, unknown>();
  const setContext = (key: string, value: unknown) => {
    if (context.get(key) === value) return;
    context.set(key, value);
    void vscode.commands.executeCommand("setContext", key, value);
  };
  const look = () => tree.look(view.visible && readSettings().showResources);
  const show = (afresh = false) => {
    // First, so that nothing is drawn of what has ended.
    look();
    tree.update(afresh);
    // After what was waited for; its rows come when it is answered.
    if (view.visible) shelf.follow();
    const { filter, grouping } = arrangement.now;
    const filtered = isFiltering(filter);
    const page = viewState(host.state);
    const hidden = filtered && tree.counts.all > 0 && tree.counts.shown === 0;
    setContext(contextKeys.view, hidden ? "filtered" : page);
    setContext(contextKeys.filtered, filtered);
    setContext(contextKeys.grouping, grouping);
    keepSelected();
    const problem = engineProblem(host.state);
    const messages = [
      problem?.message,
      filtered && tree.counts.all > 0 && filterMessage(filter, tree.counts, t),
    ].filter(Boolean);
    // A message would hide the welcome page, which says the same with buttons.
    view.message = page === "agents" && !hidden && messages.length > 0 ? messages.join(" ") : undefined;
  };
  // VS Code tells of what the user selects, and nothing where selected rows go away; one that comes back is not selected.
  let told = 0;
  let selected: readonly Node[] = [];
  const keepSelected = () => {
    selected = selected.filter((node) => tree.has(node));
    setContext(contextKeys.selectionLost, told > 1 && selected.length < 2);
  };
  const select = (nodes: readonly Node[]) => {
    // That none is selected is told where they went away, too.
    if (nodes.length > 0) told = nodes.length;
    selected = nodes;
    keepSelected();
  };
  const steady = createSteady(show, gapMs);
  show();
  const fold = (node: Node, closed: boolean) => {
    if (node.kind === "engine" || node.kind === "group") arrangement.fold(node.id, closed);
    // What others deleted tells no event.
    if (node.kind === "agent" && !closed) void shelf.refresh(node.row.agent.engine);
  };
  const owned = [
    host.onDidChange(() => steady.ask()),
    arrangement.onDidChange(() => steady.ask()),
    shelf.onDidChange(() => steady.ask()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => steady.ask()),
    view.onDidCollapseElement(({ element }) => fold(element, true)),
    view.onDidExpandElement(({ element }) => fold(element, false)),
    view.onDidChangeSelection(({ selection }) => select(selection)),
    // Ages go stale while nothing happens; nobody sees that before the view is looked at again.
    view.onDidChangeVisibility(({ visible }) => (visible ? show(true) : look())),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${settingsSection}.${settingKeys.showResources}`)) show(true);
    }),
    steady,
    view,
    tree,
  ];
  return {
    get selection() {
      return [...view.selection];
    },
    dispose: () => {
      vscode.Disposable.from(...owned).dispose();
    },
  };
}
