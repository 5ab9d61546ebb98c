import type { AgentEndpoint, AgentState } from "../model/agent.js";
import type { AgentRow } from "../store/rows.js";
import { contextTags } from "./ids.js";
import { age, escapeMarkdown, type Translate } from "./text.js";

/** A row of the tree as data; `agentTree.ts` makes a `TreeItem` of it. */
export interface ItemData {
  /** Stable for the life of what it shows. */
  id: string;
  label: string;
  description: string;
  icon: { id: string; color?: string };
  /** Tags joined by `+`, for `when` clauses. */
  contextValue: string;
  /** Markdown; everything that came from a container is escaped in it. */
  tooltip: string;
  accessibilityLabel: string;
}

type Icon = ItemData["icon"];

const icons: Record<AgentState, Icon> = {
  creating: { id: "loading~spin" },
  running: { id: "circle-filled", color: "testing.iconPassed" },
  unhealthy: { id: "warning", color: "list.warningForeground" },
  paused: { id: "debug-pause", color: "descriptionForeground" },
  stopped: { id: "circle-outline", color: "descriptionForeground" },
  exited: { id: "error", color: "list.errorForeground" },
  failed: { id: "error", color: "list.errorForeground" },
  invalid: { id: "question", color: "list.warningForeground" },
};

/** A row that waits for something: a verb under way, or the first login since the start. */
function isWaiting(row: AgentRow): boolean {
  return row.operation !== undefined || row.awaitingLogin;
}

/** The icon of a row. Running is green only once an SSH login has succeeded. */
export function agentIcon(row: AgentRow): Icon {
  return isWaiting(row) ? { id: "loading~spin" } : icons[row.agent.state];
}

/** The name of a state, for people. */
export function stateName(state: AgentState, t: Translate): string {
  switch (state) {
    case "creating":
      return t("creating");
    case "running":
      return t("running");
    case "unhealthy":
      return t("not reachable");
    case "paused":
      return t("paused");
    case "stopped":
      return t("stopped");
    case "exited":
      return t("exited");
    case "failed":
      return t("failed");
    case "invalid":
      return t("cannot be read");
  }
}

/** What matters about a row now, in a few words: the stage, the reason, or the state and since when. */
export function agentDescription(row: AgentRow, now: number, t: Translate): string {
  const { agent, operation } = row;
  if (operation) return operation.stage;
  if (row.awaitingLogin) return t("waiting for the login");
  const since = age(agent.exit?.at ?? agent.startedAt ?? agent.createdAt, now, t);
  const worth = agent.state === "running" || agent.state === "stopped" ? "" : agent.stateReason;
  return [worth || stateName(agent.state, t), since].filter(Boolean).join(" · ");
}

function agentTooltip(row: AgentRow, now: number, t: Translate): string {
  const { agent } = row;
  const stage = row.operation?.stage;
  const lines: [name: string, value: string | undefined][] = [
    [t("State"), stage ?? stateName(agent.state, t)],
    [t("Why"), agent.stateReason === stage ? undefined : agent.stateReason],
    [t("Image"), agent.image],
    [t("Folder"), agent.workspaceFolder],
    [t("SSH"), agent.ssh ? `ssh ${agent.ssh.alias}` : undefined],
    [t("Created"), age(agent.createdAt, now, t)],
    [t("Engine"), agent.engine],
    [t("Id"), agent.id],
    ...Object.entries(agent.tags),
  ];
  const shown = lines.flatMap(([name, value]) =>
    value ? [`${escapeMarkdown(name)}: ${escapeMarkdown(value)}`] : [],
  );
  return [`**${escapeMarkdown(agent.name)}**`, ...shown].join("  \n");
}

function contextValue(row: AgentRow): string {
  const { agent } = row;
  const tags: string[] = [contextTags.agent, agent.state];
  if (agent.ssh) tags.push(contextTags.key);
  if (row.operation) tags.push(contextTags.busy);
  return tags.join("+");
}

/** One agent as a row of the tree. `now` in milliseconds since 1970. */
export function agentItem(row: AgentRow, now: number, t: Translate): ItemData {
  const description = agentDescription(row, now, t);
  return {
    id: row.agent.id,
    label: row.agent.name,
    description,
    icon: agentIcon(row),
    contextValue: contextValue(row),
    tooltip: agentTooltip(row, now, t),
    accessibilityLabel: t("Agent {0}, {1}", row.agent.name, description),
  };
}

/** The address of an endpoint for a browser of this machine; undefined where it is only reached by other agents. */
export function endpointUrl(endpoint: AgentEndpoint): string | undefined {
  return endpoint.type === "docker-internal" ? undefined : endpoint.url;
}

/** Where an endpoint is reached, as people write it. */
export function endpointAddress(endpoint: AgentEndpoint): string {
  return endpointUrl(endpoint) ?? `${endpoint.host}:${endpoint.port}`;
}

/** One port of an agent as a row below it. */
export function endpointItem(agentId: string, endpoint: AgentEndpoint, t: Translate): ItemData {
  const address = endpointAddress(endpoint);
  const inside = `${endpoint.containerPort}/${endpoint.type === "udp" ? "udp" : "tcp"}`;
  return {
    id: `${agentId}/${endpoint.type}/${endpoint.host}:${endpoint.port}/${endpoint.containerPort}`,
    label: address,
    description: endpoint.type === "docker-internal" ? t("from other agents") : inside,
    icon: { id: "plug" },
    contextValue: contextTags.endpoint,
    tooltip: escapeMarkdown(
      endpoint.type === "docker-internal"
        ? t("Port {0} for other agents of its network", inside)
        : t("Port {0} of the agent", inside),
    ),
    accessibilityLabel: t("Port {0} at {1}", inside, address),
  };
}
