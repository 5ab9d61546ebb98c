import type { Memory } from "./lastChoice.js";
import { filterToggles, noFilter, type Filter } from "./filter.js";

/** What the rows of the tree stand below. */
export const groupings = ["engine", "project", "tag", "state"] as const;

export type Grouping = (typeof groupings)[number];

/** How the user wants the tree, in this workspace. */
export interface Arrangement {
  grouping: Grouping;
  /** Of the grouping by tag. */
  tagKey: string;
  filter: Filter;
  /** The ids of the groups that are closed, the latest last. */
  closed: readonly string[];
}

export const usualArrangement: Arrangement = {
  grouping: "engine",
  tagKey: "",
  filter: noFilter,
  closed: [],
};

const key = "agentContainers.arrangement";
/** Groups come and go; what was closed long ago is forgotten. */
const remembered = 200;

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];

function filterOf(value: unknown): Filter {
  if (typeof value !== "object" || value === null) return noFilter;
  const chosen = "toggles" in value ? texts(value.toggles) : [];
  return {
    text: "text" in value && typeof value.text === "string" ? value.text : "",
    toggles: filterToggles.filter((toggle) => chosen.includes(toggle)),
  };
}

/** The arrangement of this workspace; what cannot be read, or was written by another version, is the usual one. */
export function recallArrangement(memory: Memory): Arrangement {
  const stored = memory.get(key);
  if (typeof stored !== "object" || stored === null) return usualArrangement;
  const tagKey = "tagKey" in stored && typeof stored.tagKey === "string" ? stored.tagKey : "";
  const grouping = "grouping" in stored ? groupings.find((one) => one === stored.grouping) : undefined;
  return {
    // By tag needs to know by which.
    grouping: grouping === undefined || (grouping === "tag" && tagKey === "") ? "engine" : grouping,
    tagKey,
    filter: "filter" in stored ? filterOf(stored.filter) : noFilter,
    closed: "closed" in stored ? texts(stored.closed).slice(-remembered) : [],
  };
}

/** Keeps it for this workspace. */
export async function rememberArrangement(memory: Memory, arrangement: Arrangement): Promise<void> {
  await memory.update(key, { ...arrangement, closed: arrangement.closed.slice(-remembered) });
}
