import type { Changes, ChangeStatus, Overlap } from "../../model/changes.js";

/** The files that more than one of the agents changed, by name. A renamed file counts under both of its names. Pure. */
export function findOverlaps(all: readonly Changes[]): Overlap[] {
  const byPath = new Map<string, { agents: Overlap["agents"][number][]; ends: Set<string> }>();
  for (const { agentId: id, name, files } of all) {
    const add = (path: string, status: ChangeStatus, newId?: string, newMode?: string) => {
      const known = byPath.get(path) ?? { agents: [], ends: new Set<string>() };
      known.agents.push({ id, name, status, ...(newId !== undefined && { newId }) });
      known.ends.add(`${newMode ?? ""} ${newId ?? ""}`);
      byPath.set(path, known);
    };
    for (const { path, oldPath, status, newId, newMode } of files) {
      add(path, status, newId, newMode);
      if (oldPath !== undefined) add(oldPath, status);
    }
  }
  return [...byPath]
    .filter(([, { agents }]) => new Set(agents.map(({ id }) => id)).size > 1)
    .map(([path, { agents, ends }]) => ({ path, agents, same: ends.size === 1 }))
    .sort((one, other) => (one.path < other.path ? -1 : 1));
}
