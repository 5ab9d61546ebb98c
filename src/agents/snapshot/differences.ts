import type { ComparedFile, ComparedSide, ComparedStatus } from "../../model/comparison.js";

function statusOf(before: ComparedSide, after: ComparedSide): ComparedStatus | undefined {
  if (before.kind !== after.kind) return "type";
  if (before.sha256 !== after.sha256 || before.linkTarget !== after.linkTarget) return "modified";
  // A symlink has no mode that means anything.
  return before.kind !== "symlink" && before.mode !== after.mode ? "mode" : undefined;
}

/** The files that are not the same in both, by path. Pure. */
export function findDifferences(
  before: ReadonlyMap<string, ComparedSide>,
  after: ReadonlyMap<string, ComparedSide>,
): ComparedFile[] {
  const files: ComparedFile[] = [];
  for (const [path, old] of before) {
    const now = after.get(path);
    const status = now ? statusOf(old, now) : "deleted";
    if (status) files.push({ path, status, before: old, ...(now && { after: now }) });
  }
  for (const [path, now] of after) {
    if (!before.has(path)) files.push({ path, status: "added", after: now });
  }
  return files.sort((one, other) => (one.path < other.path ? -1 : 1));
}
