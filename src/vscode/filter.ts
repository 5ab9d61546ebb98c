import type { AgentRow } from "../store/rows.js";

/** What can be asked for by one click. Those of the state widen each other; `folder` narrows. */
export const filterToggles = ["running", "waiting", "stopped", "exited", "folder"] as const;

export type FilterToggle = (typeof filterToggles)[number];

/** Which agents the tree shows. */
export interface Filter {
  /** Words that must all be found, in any case. */
  text: string;
  toggles: readonly FilterToggle[];
}

export const noFilter: Filter = { text: "", toggles: [] };

/** True where the filter leaves anything out. */
export function isFiltering({ text, toggles }: Filter): boolean {
  return text.trim() !== "" || toggles.length > 0;
}

/** An agent that waits for its user: one of its sessions asks for something. */
export function isWaitingForUser({ agent }: AgentRow): boolean {
  return agent.sessions.some(({ state }) => state === "waiting");
}

/** An agent that ended, or never came up, though nobody wanted that. */
export function endedUnexpectedly({ agent }: AgentRow): boolean {
  return agent.state === "exited" || agent.state === "failed";
}

const byState: Record<Exclude<FilterToggle, "folder">, (row: AgentRow) => boolean> = {
  running: ({ agent }) => agent.state === "running" || agent.state === "unhealthy",
  waiting: isWaitingForUser,
  stopped: ({ agent }) => agent.state === "stopped",
  exited: endedUnexpectedly,
};

function words(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

function searched({ agent }: AgentRow): string {
  const tags = Object.entries(agent.tags).map(([key, value]) => `${key}=${value}`);
  return [agent.name, agent.type, agent.project ?? "", agent.image, agent.state, ...tags]
    .join("\n")
    .toLowerCase();
}

/** Whether a row is shown. `projects` are the names of the folders that are open in this window. */
export function createMatcher(filter: Filter, projects: readonly string[]): (row: AgentRow) => boolean {
  const wanted = words(filter.text);
  const states = filter.toggles.flatMap((toggle) => (toggle === "folder" ? [] : [byState[toggle]]));
  const here = filter.toggles.includes("folder") ? new Set(projects) : undefined;
  return (row) => {
    if (here && !here.has(row.agent.project ?? "")) return false;
    if (states.length > 0 && !states.some((fits) => fits(row))) return false;
    if (wanted.length === 0) return true;
    const text = searched(row);
    return wanted.every((word) => text.includes(word));
  };
}
