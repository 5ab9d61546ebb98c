/**
 * Which rows differ between what is shown and what is so now, each given as text by id, in order. `"all"` when rows
 * came, went or moved, which only the whole list can show.
 */
export function changedIds(
  shown: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): "all" | ReadonlySet<string> {
  const before = [...shown.keys()];
  const after = [...now.keys()];
  if (before.length !== after.length || before.some((id, index) => id !== after[index])) return "all";
  return new Set(after.filter((id) => shown.get(id) !== now.get(id)));
}
