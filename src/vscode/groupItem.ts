import { agentStates, type AgentState } from "../model/agent.js";
import type { AgentRow } from "../store/rows.js";
import { shortText } from "../util/plainText.js";
import { agentStateIcon, longest, stateName, type ItemData } from "./agentItem.js";
import { isWaitingForUser } from "./filter.js";
import { contextTags } from "./ids.js";
import type { GroupNode } from "./nodes.js";
import { escapeMarkdown, type Translate } from "./text.js";

/** How many agents stand below a row, and what of them wants a look; empty parts are left out. */
export function groupCounts(rows: readonly AgentRow[], t: Translate): string {
  const count = (fits: (row: AgentRow) => boolean) => rows.filter(fits).length;
  const running = count(({ agent }) => agent.state === "running" || agent.state === "unhealthy");
  const waiting = count(isWaitingForUser);
  const ended = count(({ agent }) => agent.state === "exited");
  const failed = count(({ agent }) => agent.state === "failed");
  const unhealthy = count(({ agent }) => agent.state === "unhealthy");
  return [
    t("{0} of {1} running", running, rows.length),
    waiting > 0 && t("{0} waiting", waiting),
    unhealthy > 0 && t("{0} not reachable", unhealthy),
    ended > 0 && t("{0} ended unexpectedly", ended),
    failed > 0 && t("{0} failed", failed),
  ]
    .filter(Boolean)
    .join(" · ");
}

const icons = { project: "repo", tag: "tag", state: "circle-outline", foreign: "package" };

function groupName(by: GroupNode["by"], state: AgentState | undefined, key: string, t: Translate): string {
  if (by === "foreign") return t("Other agents' containers");
  if (state) return stateName(state, t);
  return key === "" ? t("(none)") : shortText(key, longest);
}

/** One group as a row. `tagKey` is of the grouping by tag. */
export function groupItem({ id, by, key, rows }: GroupNode, tagKey: string, t: Translate): ItemData {
  const state = by === "state" ? agentStates.find((one) => one === key) : undefined;
  const name = groupName(by, state, key, t);
  const description = by === "state" ? String(rows.length) : groupCounts(rows, t);
  const kinds = {
    project: t("Project {0}", name),
    tag: t("{0} {1}", shortText(tagKey, longest), name),
    state: name,
    foreign: name,
  };
  const icon = state ? agentStateIcon(state) : { id: icons[by] };
  return {
    id,
    label: name,
    description,
    icon,
    contextValue: `${contextTags.group}+${by}`,
    tooltip: [`**${escapeMarkdown(kinds[by])}**`, escapeMarkdown(groupCounts(rows, t))].join("  \n"),
    accessibilityLabel: t("{0}, {1}", kinds[by], groupCounts(rows, t)),
  };
}
