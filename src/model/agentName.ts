/** What Docker takes as a container name and Linux as a host name, both at once. */
export const agentNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,62}$/;

export const agentNameRule =
  "2 to 63 letters, digits, dots, dashes or underscores, the first of them a letter or a digit";

/** A project's folder name as the part of a container name. */
export function projectIdOf(folder: string | undefined): string {
  const base = folder?.split(/[\\/]/).filter(Boolean).at(-1) ?? "";
  const safe = base
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, "-")
    .replace(/^[-_.]+|[-_.]+$/g, "")
    .slice(0, 32);
  return safe || "agent";
}

/** The name of an agent that the user gave none (SPEC C6). `now` in milliseconds since 1970. */
export function unnamedAgent(projectId: string, now: number): string {
  return `debug-host-${projectId}-${now}`;
}

/** The first of `name-2`, `name-3` … that is not taken: what is offered when a name is. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const stem = name.slice(0, 58);
  for (let n = 2; ; n += 1) {
    const candidate = `${stem}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** `name-fork-1`, `name-fork-2` …: the first that no agent has. */
export function forkNames(name: string, count: number, taken: ReadonlySet<string>): string[] {
  const names: string[] = [];
  const stem = name.slice(0, 54);
  for (let n = 1; names.length < count; n += 1) {
    const candidate = `${stem}-fork-${n}`;
    if (!taken.has(candidate)) names.push(candidate);
  }
  return names;
}
