import * as vscode from "vscode";
import type { Agent } from "../model/agent.js";
import type { AgentRow } from "../store/rows.js";
import type { Disposable } from "../util/dispose.js";
import type { FromPanel, MetricsAgent, ToPanel } from "../webview/messages.js";
import { shortText } from "../util/plainText.js";
import { longest, stateName } from "./agentItem.js";
import { targetOf } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { commandIds, metricsViewType } from "./ids.js";
import { metricsPage, metricsTexts } from "./metricsPage.js";
import { plainTitle } from "./plainTitle.js";
import { targetsOf } from "./pickAgent.js";
import type { Command } from "./register.js";
import { StatsWatch } from "./statsWatch.js";

const { t } = vscode.l10n;

/** The panel with the charts: one, for the agents that were chosen last. */
export interface MetricsPanel extends Disposable {
  show(agentIds: readonly string[]): void;
  /** True while the panel is on the screen and shows the agent. */
  isVisible(agentId: string): boolean;
}

const runs = ({ state }: Agent) => ["running", "unhealthy", "paused"].includes(state);

function shown(row: AgentRow): MetricsAgent {
  const { agent, operation } = row;
  const note = operation?.stage ?? [stateName(agent.state, t), agent.stateReason].filter(Boolean).join(" · ");
  const canStart = !operation && (agent.state === "stopped" || agent.state === "exited");
  return {
    id: targetOf(row),
    name: shortText(agent.name, longest),
    running: runs(agent),
    note: shortText(note, longest),
    canStart,
  };
}

const gone = (id: string): MetricsAgent => ({
  id,
  name: id,
  running: false,
  note: t("There is no such agent any more."),
  canStart: false,
});

/** One webview, from the moment it is there. Measures while it is on the screen, and not otherwise. */
class Charts implements Disposable {
  private ready = false;
  private told = "";
  private readonly names = new Map<string, string>();
  private readonly stats = new StatsWatch((target) => this.tellSample(target));
  private readonly owned: vscode.Disposable;

  constructor(
    readonly panel: vscode.WebviewPanel,
    private readonly host: CoreHost,
    folder: vscode.Uri,
    public agentIds: readonly string[],
  ) {
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [folder] };
    this.owned = vscode.Disposable.from(
      webview.onDidReceiveMessage((message: FromPanel) => this.take(message)),
      panel.onDidChangeViewState(() => this.look()),
      host.onDidChange(() => this.look()),
    );
    const file = (name: string) => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    webview.html = metricsPage({
      source: webview.cspSource,
      script: file("metrics.js"),
      style: file("metrics.css"),
      title: t("Metrics"),
    });
    this.look();
  }

  look(): void {
    const rows = this.rows();
    for (const row of rows) this.names.set(targetOf(row), row.agent.name);
    const [only, ...others] = this.agentIds;
    this.panel.title =
      only !== undefined && others.length === 0
        ? t("Metrics: {0}", plainTitle(this.names.get(only) ?? only))
        : t("Metrics of {0} agents", this.agentIds.length);
    // Hidden pages are thrown away: it says that it is ready when it is made again.
    if (!this.panel.visible) this.ready = false;
    const { loaded } = this.host;
    this.stats.show(this.panel.visible && this.ready ? loaded : undefined, rows);
    if (!this.ready) return;
    const byId = new Map(rows.map((row) => [targetOf(row), row]));
    const agents = this.agentIds.map((id) => {
      const row = byId.get(id);
      return row ? shown(row) : { ...gone(id), name: this.names.get(id) ?? id };
    });
    const text = JSON.stringify(agents);
    if (text === this.told) return;
    this.told = text;
    this.post({ type: "agents", agents, texts: metricsTexts(t) });
  }

  dispose(): void {
    this.stats.dispose();
    this.owned.dispose();
  }

  private rows(): readonly AgentRow[] {
    const wanted = new Set(this.agentIds);
    return (this.host.state.picture?.agents ?? []).filter((row) => wanted.has(targetOf(row)));
  }

  private take(message: FromPanel): void {
    if (message.type === "start") {
      const row = this.rows().find((one) => targetOf(one) === message.id);
      if (row) void vscode.commands.executeCommand(commandIds.start, { kind: "agent", row });
      return;
    }
    this.ready = true;
    this.told = "";
    this.look();
  }

  private tellSample(target: string): void {
    const stats = this.stats.latest(target);
    // The page knows it by what it is meant by here.
    if (stats && this.ready) this.post({ type: "sample", stats: { ...stats, id: target } });
  }

  private post(message: ToPanel): void {
    // A page that is thrown away meanwhile needs it no more.
    void this.panel.webview.postMessage(message);
  }
}

/** The agents that a page remembered; none where it is not ours. */
function rememberedIds(state: unknown): readonly string[] {
  if (typeof state !== "object" || state === null || !("agents" in state)) return [];
  const ids: unknown[] = Array.isArray(state.agents) ? state.agents : [];
  return ids.filter((id) => typeof id === "string");
}

/** Makes no webview before the first `show`, but for one that the editor restores. */
export function createMetricsPanel(host: CoreHost, extensionUri: vscode.Uri): MetricsPanel {
  const folder = vscode.Uri.joinPath(extensionUri, "dist", "webview");
  let charts: Charts | undefined;
  const hold = (panel: vscode.WebviewPanel, agentIds: readonly string[]) => {
    const mine = new Charts(panel, host, folder, agentIds);
    charts = mine;
    panel.onDidDispose(() => {
      mine.dispose();
      if (charts === mine) charts = undefined;
    });
  };
  const restoring = vscode.window.registerWebviewPanelSerializer(metricsViewType, {
    deserializeWebviewPanel(panel, state) {
      const agentIds = rememberedIds(state);
      if (charts || agentIds.length === 0) panel.dispose();
      else hold(panel, agentIds);
      return Promise.resolve();
    },
  });
  return {
    show(agentIds) {
      if (!charts) {
        const column = vscode.ViewColumn.Active;
        hold(vscode.window.createWebviewPanel(metricsViewType, t("Metrics"), column), agentIds);
        return;
      }
      charts.agentIds = agentIds;
      charts.panel.reveal();
      charts.look();
    },
    isVisible: (agentId) => charts?.panel.visible === true && charts.agentIds.includes(agentId),
    dispose() {
      restoring.dispose();
      charts?.panel.dispose();
    },
  };
}

/** Opens the panel for one or several agents; gives their ids. */
export function showMetricsCommand(host: CoreHost, panel: Pick<MetricsPanel, "show">): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      const targets = await targetsOf(call, host, {
        title: t("Show Metrics"),
        fits: ({ agent, failure }) => failure === undefined && agent.containerId !== "",
        none: t("There are no agents."),
      });
      const core = await host.core();
      // Rows give their ids; a program may give a name, or the beginning of an id.
      const ids = call.target === undefined ? targets : [(await core.get(call.target)).id];
      panel.show(ids);
      return ids;
    },
  };
}
