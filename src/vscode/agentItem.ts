import type { AgentEndpoint, AgentState } from "../model/agent.js";
import type { HostRight } from "../model/hostRights.js";
import type { AgentResources } from "../model/stats.js";
import type { AgentRow } from "../store/rows.js";
import { shortText } from "../util/plainText.js";
import { memoryText, resourceText, roughly } from "./resourceText.js";
import { contextTags } from "./ids.js";
import type { Place } from "./nodes.js";
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

/** Labels are as long as anybody likes; a row and a tooltip are for reading. Characters, and tags. */
export const longest = 300;
const mostTags = 20;

const shown = (text: string) => escapeMarkdown(shortText(text, longest));

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

/** The icon of a state. */
export function agentStateIcon(state: AgentState): Icon {
  return icons[state];
}

/** The icon of a row. Running is green only once an SSH login has succeeded. */
export function agentIcon(row: AgentRow): Icon {
  if (row.agent.managedBy && !isWaiting(row)) return { ...icons[row.agent.state], id: "package" };
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

/**
 * What matters about a row now, in a few words: the stage, the reason, or the state, what it uses, and since when.
 */
export function agentDescription(
  row: AgentRow,
  now: number,
  t: Translate,
  resources?: AgentResources,
): string {
  const { agent, operation } = row;
  if (operation) return operation.stage;
  if (row.awaitingLogin) return t("waiting for the login");
  const since = age(agent.exit?.at ?? agent.startedAt ?? agent.createdAt, now, t);
  const dull = (agent.state === "running" || agent.state === "stopped") && !row.duplicate;
  const worth = dull ? "" : shortText(agent.stateReason, longest);
  const used = resources ? resourceText(resources, t) : "";
  const owner = agent.managedBy ?? "";
  return [owner, worth || stateName(agent.state, t), used, since].filter(Boolean).join(" · ");
}

/** What an agent may do beyond its container, as the end of "This agent …". */
export function rightText(right: HostRight, t: Translate): string {
  switch (right) {
    case "engine-socket":
      return t("can use the Docker engine itself, and with it everything on the engine's host");
    case "privileged":
      return t("is privileged: it can do nearly all that root of the engine's host can");
    case "host-pid":
      return t("sees the processes of the engine's host, and can end them");
    case "host-ipc":
      return t("shares the memory segments of the engine's host");
    case "host-userns":
      return t("is in the user namespace of the engine's host");
  }
}

/** What an agent uses, in the words of the tooltip. */
function usage(resources: AgentResources, t: Translate): string {
  const { cpuPercent, memoryUsedMiB, memoryLimitMiB } = resources;
  const [used, limit] = [memoryText(memoryUsedMiB, t), memoryText(memoryLimitMiB, t)];
  return t("{0} % CPU, {1} of {2}", Math.round(cpuPercent), used, limit);
}

function agentTooltip(row: AgentRow, now: number, t: Translate, resources?: AgentResources): string {
  const { agent } = row;
  const stage = row.operation?.stage;
  const lines: [name: string, value: string | undefined][] = [
    [t("Made by"), agent.managedBy],
    [t("State"), stage ?? stateName(agent.state, t)],
    [t("Why"), agent.stateReason === stage ? undefined : agent.stateReason],
    [t("Beyond its container"), row.rights.map((right) => rightText(right, t)).join("; ")],
    [t("Uses"), resources && usage(resources, t)],
    [t("Image"), agent.image],
    [t("Folder"), agent.workspaceFolder],
    [t("SSH"), agent.ssh ? `ssh ${agent.ssh.alias}` : undefined],
    [t("Created"), age(agent.createdAt, now, t)],
    [t("Engine"), agent.engine],
    [t("Id"), agent.id],
    ...Object.entries(agent.tags).slice(0, mostTags),
  ];
  const rendered = lines.flatMap(([name, value]) => (value ? [`${shown(name)}: ${shown(value)}`] : []));
  return [`**${shown(agent.name)}**`, ...rendered].join("  \n");
}

function contextValue(row: AgentRow, away: boolean): string {
  const { agent } = row;
  // A container that nobody started can be; a create that failed left none.
  const unstarted = agent.state === "failed" && row.failure === undefined;
  const kind = agent.managedBy ? contextTags.foreign : contextTags.agent;
  const tags: string[] = [kind, unstarted ? contextTags.unstarted : agent.state];
  if (agent.ssh) tags.push(contextTags.key);
  if (row.operation) tags.push(contextTags.busy);
  if (away) tags.push(contextTags.away);
  return tags.join("+");
}

const here: Place = { away: false };

/**
 * One agent as a row of the tree. `now` in milliseconds since 1970; `id` where one agent has several rows; `measured`
 * where it is being measured.
 */
export function agentItem(
  row: AgentRow,
  now: number,
  t: Translate,
  place: Place = here,
  id: string = row.key,
  measured?: AgentResources,
): ItemData {
  const resources = measured && roughly(measured);
  const placed = (state: string) =>
    [place.away ? t("{0}, when last seen", state) : state, place.engine].filter(Boolean).join(" · ");
  const icon = agentIcon(row);
  return {
    id,
    label: shortText(row.agent.name, longest),
    description: placed(agentDescription(row, now, t, resources)),
    icon: place.away ? { ...agentIcon({ ...row, operation: undefined }), color: "disabledForeground" } : icon,
    contextValue: contextValue(row, place.away),
    tooltip: agentTooltip(row, now, t, resources),
    // Without the numbers: a screen reader would begin anew every second.
    accessibilityLabel: t(
      "Agent {0}, {1}",
      shortText(row.agent.name, longest),
      placed(agentDescription(row, now, t)),
    ),
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

/** One port of an agent as a row below it, which has the id `rowId`. */
export function endpointItem(rowId: string, endpoint: AgentEndpoint, t: Translate): ItemData {
  const address = endpointAddress(endpoint);
  const inside = `${endpoint.containerPort}/${endpoint.type === "udp" ? "udp" : "tcp"}`;
  return {
    id: `${rowId}/${endpoint.type}/${endpoint.host}:${endpoint.port}/${endpoint.containerPort}`,
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
