import { forkNames } from "../model/agentName.js";
import { nameProblem } from "./createDraft.js";
import type { Translate } from "./text.js";

/** Docker takes more; nobody looks after more than that. */
export const mostForks = 50;

/** The names in a line: `a, b`. */
export function splitNames(text: string): string[] {
  return text.split(/[,\s]+/).filter(Boolean);
}

/** Names for so many forks that no agent has, as a line to change. */
export function offeredNames(name: string, count: number, taken: ReadonlySet<string>): string {
  return forkNames(name, count, taken).join(", ");
}

/** Why a number of forks cannot be taken; undefined when it can. */
export function countProblem(text: string, t: Translate): string | undefined {
  const count = Number(text);
  const fits = /^\d+$/.test(text) && count >= 1 && count <= mostForks;
  return fits ? undefined : t("Give a number from 1 to {0}.", mostForks);
}

/** Why the names of so many forks cannot be taken; undefined when they can. */
export function forkNamesProblem(
  text: string,
  count: number,
  taken: ReadonlySet<string>,
  t: Translate,
): string | undefined {
  const names = splitNames(text);
  for (const [index, name] of names.entries()) {
    const problem = nameProblem(name, taken, t);
    if (problem) return problem;
    if (names.indexOf(name) !== index) return t('"{0}" is there twice.', name);
  }
  return names.length === count ? undefined : t("{0} names for {1} forks.", names.length, count);
}
