import { lfsFilter } from "./lfsFilter.js";
import { withoutCredentials } from "./remoteUrl.js";

/** One setting as `git config --list` tells it: the last of a name wins. */
export type Setting = readonly [name: string, value: string];

/** Reads `git config --list -z`. A name without a value is true. */
export function parseSettings(text: string): Setting[] {
  return text
    .split("\0")
    .filter((entry) => entry !== "")
    .map((entry) => {
      const at = entry.indexOf("\n");
      return at < 0 ? [entry, "true"] : [entry.slice(0, at), entry.slice(at + 1)];
    });
}

/** The value that counts. */
export function settingOf(settings: readonly Setting[], name: string): string | undefined {
  return settings.findLast(([found]) => found === name)?.[1];
}

/** The names between the first and the last dot: the filters of `filter.NAME.clean`. */
export function namesOf(settings: readonly Setting[], section: string): string[] {
  const found = settings.flatMap(
    ([name]) => new RegExp(`^${section}\\.(.+)\\.[^.]+$`, "s").exec(name)?.[1] ?? [],
  );
  return [...new Set(found)];
}

/** What decides how files, statuses and diffs look, and who commits. Nothing here runs or opens anything. */
const carried = new Set([
  ...[
    "autocrlf",
    "eol",
    "filemode",
    "symlinks",
    "ignorecase",
    "precomposeunicode",
    "quotepath",
    "whitespace",
  ].map((name) => `core.${name}`),
  ...["core.sparsecheckout", "core.sparsecheckoutcone", "core.commentchar", "core.abbrev"],
  ...["user.name", "user.email", "init.defaultbranch", "push.default", "pull.rebase", "pull.ff"],
  ...["merge.conflictstyle", "merge.renames", "rebase.autosquash", "rerere.enabled"],
  ...["status.showuntrackedfiles", "status.renames", "status.renamelimit", "status.relativepaths"],
  ...["algorithm", "context", "renames", "renamelimit", "noprefix", "mnemonicprefix", "indentheuristic"].map(
    (name) => `diff.${name}`,
  ),
  ...["diff.ignoresubmodules", "diff.interhunkcontext", "diff.submodule", "status.submodulesummary"],
  ...["extensions.objectformat", "extensions.partialclone"],
]);

/** The same for what belongs to a remote, a branch, a submodule; each may have several values. */
const carriedOf: Readonly<Record<string, ReadonlySet<string>>> = {
  remote: new Set(["url", "pushurl", "fetch", "push", "tagopt", "promisor", "partialclonefilter"]),
  branch: new Set(["remote", "merge", "rebase", "pushremote"]),
  submodule: new Set(["url", "active", "branch", "ignore", "path", "fetchrecursesubmodules"]),
};
const addresses = new Set(["url", "pushurl", "remote", "pushremote"]);

/**
 * The config file of a repository in an agent, made anew from a list of what may be in it: nothing that could run
 * something (hooks, filters, aliases, editors, includes) and nothing that logs in (helpers, headers, addresses with
 * passwords) is on it. `more`: settings of our own. Pure.
 */
export function renderCloneConfig(settings: readonly Setting[], more: readonly Setting[] = []): string {
  const format =
    settingOf(settings, "extensions.objectformat") ?? settingOf(settings, "extensions.partialclone");
  const lines = new Map<string, string[]>();
  const add = (header: string, name: string, value: string) => {
    const section = lines.get(header) ?? [];
    section.push(`\t${name} = ${quoted(value)}`);
    lines.set(header, section);
  };
  const addPlain = ([key, value]: Setting) =>
    add(`[${key.replace(/\..*$/, "")}]`, key.replace(/^.*\./, ""), value);
  addPlain(["core.repositoryformatversion", format === undefined ? "0" : "1"]);
  addPlain(["core.bare", "false"]);
  addPlain(["core.logallrefupdates", "true"]);
  // The rest of what the index knows of a file (its inode, its owner) is another one's in the agent. With these git
  // takes untouched files for unmodified without reading them, also those that a filter missing there has made.
  addPlain(["core.trustctime", "false"]);
  addPlain(["core.checkstat", "minimal"]);
  for (const name of carried) {
    const value = settingOf(settings, name);
    if (value !== undefined) addPlain([name, value]);
  }
  for (const [name, value] of settings) {
    const [, section = "", of = "", key = ""] = /^([^.]+)\.(.+)\.([^.]+)$/s.exec(name) ?? [];
    // A remote may be named by its address.
    if (!carriedOf[section]?.has(key) || withoutCredentials(of) !== of) continue;
    const safe = addresses.has(key) ? withoutCredentials(value) : value;
    if (safe !== undefined) add(`[${section} "${of.replace(/["\\]/g, "\\$&")}"]`, key, safe);
  }
  if (namesOf(settings, "filter").includes("lfs")) {
    for (const [name, value] of Object.entries(lfsFilter)) add('[filter "lfs"]', name, value);
  }
  for (const setting of more) addPlain(setting);
  return [...lines].map(([header, values]) => `${header}\n${values.join("\n")}\n`).join("");
}

const quoted = (value: string) =>
  `"${value.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t")}"`;
