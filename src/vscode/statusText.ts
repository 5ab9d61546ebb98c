import type { Translate } from "./text.js";
import { escapeMarkdown } from "./text.js";
import { canShow, engineProblem, type HostState } from "./viewState.js";

/** What the status bar item shows. */
export interface StatusText {
  text: string;
  /** Markdown; data in it is escaped. */
  tooltip: string;
  accessibilityLabel: string;
  warning: boolean;
}

/** How many agents there are, by what the status bar tells apart. */
export function countAgents(state: HostState): { all: number; running: number; exited: number } {
  const rows = state.picture?.agents ?? [];
  return {
    all: rows.length,
    running: rows.filter(({ agent }) => agent.state === "running" || agent.state === "unhealthy").length,
    exited: rows.filter((row) => row.agent.state === "exited" || row.endedUnexpectedly).length,
  };
}

/**
 * Health and counts in one item: `2/5` are the running and all agents. A warning where agents ended unexpectedly or
 * an engine is away; a machine without any engine is no reason to alarm its user, who may never have wanted one.
 */
export function statusText(state: HostState, t: Translate): StatusText {
  const { all, running, exited } = countAgents(state);
  const problem = engineProblem(state);
  if (problem) {
    return {
      text: "$(vm) $(debug-disconnect)",
      tooltip: [t("**Agent Containers**"), problem.message, problem.remedy ?? ""]
        .map((line, index) => (index === 0 ? line : escapeMarkdown(line)))
        .filter(Boolean)
        .join("  \n"),
      accessibilityLabel: t("Agent Containers: {0}", problem.message),
      warning: problem.code !== "ENGINE_NOT_FOUND",
    };
  }
  if (!canShow(state)) {
    const connecting = t("Agent Containers: connecting…");
    return {
      text: "$(vm) $(sync~spin)",
      tooltip: connecting,
      accessibilityLabel: connecting,
      warning: false,
    };
  }
  const counts = t("{0} of {1} agents running", running, all);
  const ended = exited > 0 ? t("{0} ended unexpectedly", exited) : "";
  const engines = (state.picture?.engines ?? []).map(({ name, health }) =>
    escapeMarkdown(health?.version ? `${name} · Docker ${health.version}` : name),
  );
  return {
    text: `$(vm) ${running}/${all}${exited > 0 ? ` $(error) ${exited}` : ""}`,
    tooltip: [t("**Agent Containers**"), counts, ended, ...engines].filter(Boolean).join("  \n"),
    accessibilityLabel: [t("Agent Containers: {0}", counts), ended].filter(Boolean).join(", "),
    warning: exited > 0,
  };
}
