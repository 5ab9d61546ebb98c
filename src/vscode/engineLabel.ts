/** How long a path may be as it is. */
const shortPath = 26;

/** An engine in a few words: its host and port, or the end of its socket's path. */
export function shortEngine(name: string): string {
  const far = /^(?:tcp|ssh):\/\/([^/]+)/.exec(name)?.[1];
  if (far !== undefined) return far;
  const path = name.replace(/^(?:unix|npipe):\/\//, "");
  if (path.length <= shortPath) return path;
  return `…/${path.split("/").slice(-2).join("/")}`;
}

/**
 * What each engine is called in the tree: the Docker context that was chosen, else its short name; in full where two
 * would be called the same. `settings` are those that mean an engine, by its name.
 */
export function engineLabels(
  names: readonly string[],
  settings: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, string> {
  const short = names.map((name) => {
    const context = settings.get(name)?.find((setting) => setting.startsWith("context:"));
    return context?.slice("context:".length) ?? shortEngine(name);
  });
  const once = (label: string) => short.filter((other) => other === label).length === 1;
  return new Map(
    names.map((name, index) => {
      const label = short[index] ?? name;
      return [name, once(label) ? label : name];
    }),
  );
}
