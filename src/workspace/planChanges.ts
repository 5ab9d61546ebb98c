import type { ChangedFile } from "../model/changes.js";
import type { TreeEntry } from "./rawDiff.js";

type Entries = ReadonlyMap<string, TreeEntry>;

/** What the side that is to be changed holds; names as bytes. */
export interface Present {
  /** Its work tree, of at least the files that are to change. */
  local: Entries;
  index: Entries;
  head: Entries;
}

/** Which changes are to be made, and what stands in their way. */
export interface ChangePlan {
  /** To be made. */
  todo: ChangedFile[];
  /** Made already. */
  same: ChangedFile[];
  /** Submodules: their commits are not ours to move. */
  skipped: ChangedFile[];
  /** Names of files with uncommitted work that the changes do not know of. */
  atRisk: string[];
}

const equal = (one: TreeEntry | undefined, other: TreeEntry | undefined) =>
  one?.id === other?.id && one?.mode === other?.mode;

/** What a change takes away and puts there, by name. */
function sidesOf(file: ChangedFile): { path: string; before?: TreeEntry; after?: TreeEntry }[] {
  const before = file.oldId === undefined ? undefined : { id: file.oldId, mode: file.oldMode ?? "" };
  const after = file.newId === undefined ? undefined : { id: file.newId, mode: file.newMode ?? "" };
  if (file.oldPath === undefined) return [{ path: file.path, before, after }];
  return [
    { path: file.oldPath, before },
    { path: file.path, after },
  ];
}

/** Every name that a change touches. */
export const pathsOf = (file: ChangedFile): string[] => sidesOf(file).map(({ path }) => path);

/**
 * Sorts changes by what is there now. A file with uncommitted work is safe where that work is what the change starts
 * from, or what it leads to; anything else in it would be lost or mixed. Pure.
 */
export function planChanges(files: readonly ChangedFile[], { local, index, head }: Present): ChangePlan {
  const plan: ChangePlan = { todo: [], same: [], skipped: [], atRisk: [] };
  for (const file of files) {
    const sides = sidesOf(file);
    if (file.oldMode === "160000" || file.newMode === "160000") plan.skipped.push(file);
    else if (sides.every(({ path, after }) => equal(local.get(path), after))) plan.same.push(file);
    else {
      plan.todo.push(file);
      for (const { path, before, after } of sides) {
        const now = local.get(path);
        const committed = equal(now, head.get(path)) && equal(index.get(path), head.get(path));
        if (!committed && !equal(now, before) && !equal(now, after)) plan.atRisk.push(path);
      }
    }
  }
  return plan;
}
