/** How far the forks of one verb are, in a line: `Starting: a, b; Waiting for the first login: c`. */
export function forkProgress(stages: ReadonlyMap<string, string>): string {
  const byStage = new Map<string, string[]>();
  for (const [name, stage] of stages) byStage.set(stage, [...(byStage.get(stage) ?? []), name]);
  // More names than one reads are counted.
  const shown = (names: readonly string[]) => (names.length > 5 ? String(names.length) : names.join(", "));
  return [...byStage].map(([stage, names]) => `${stage}: ${shown(names)}`).join("; ");
}
