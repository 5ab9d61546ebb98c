import type { FilterToggle, Filter } from "./filter.js";
import type { Translate } from "./text.js";

/** A toggle of the filter, in words. */
export function toggleName(toggle: FilterToggle, t: Translate): string {
  switch (toggle) {
    case "running":
      return t("Running");
    case "waiting":
      return t("Waiting for me");
    case "stopped":
      return t("Stopped");
    case "exited":
      return t("Failed or ended unexpectedly");
    case "folder":
      return t("From this folder");
  }
}

/** A filter in a line: `"web", running`. */
export function filterText({ text, toggles }: Filter, t: Translate): string {
  const words = text.trim() === "" ? [] : [`"${text.trim()}"`];
  return [...words, ...toggles.map((toggle) => toggleName(toggle, t))].join(", ");
}

/** What is said above the tree while a filter is on and leaves something. */
export function filterMessage(filter: Filter, counts: { all: number; shown: number }, t: Translate): string {
  return t("{0} of {1} agents: {2}", counts.shown, counts.all, filterText(filter, t));
}
