import { copyFile, lstat, readdir, readFile, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { parseSettings, renderCloneConfig, settingOf, type Setting } from "./cloneConfig.js";
import { splitZ } from "./git.js";
import type { Repository } from "./repository.js";

/** A file of `.git` as it will be in the agent. */
export interface GitFile {
  path: string;
  content: Buffer;
  mtime?: Date;
}

/** What git knows of a repository's files, as paths relative to its top. */
export interface Enumerated {
  /** In the index. */
  tracked: readonly string[];
  /** In the index as another repository. */
  submodules: readonly string[];
  /** Neither tracked nor ignored; those of another repository end with a slash. */
  untracked: readonly string[];
  /** Ignored and not tracked; folders end with a slash, and stand for everything in them. */
  ignored: readonly string[];
}

/** Asks git for the files of a repository. */
export async function enumerateFiles({ git }: Repository): Promise<Enumerated> {
  const others = ["ls-files", "-z", "--others", "--exclude-standard"];
  const [staged, untracked, ignored] = await Promise.all([
    git(["ls-files", "-z", "--stage"]),
    git(others),
    git([...others, "--ignored", "--directory"]),
  ]);
  const tracked = new Set<string>();
  const submodules: string[] = [];
  for (const entry of splitZ(staged)) {
    const path = entry.slice(entry.indexOf("\t") + 1);
    tracked.add(path);
    if (entry.startsWith("160000 ")) submodules.push(path);
  }
  return {
    tracked: [...tracked],
    submodules: [...new Set(submodules)],
    untracked: splitZ(untracked),
    ignored: splitZ(ignored),
  };
}

/** The settings that count for a repository, of all levels and with what they include. */
export async function readSettings({ git }: Repository): Promise<Setting[]> {
  return parseSettings(await git(["config", "--list", "-z"]));
}

/**
 * The index as one file of its own, at `path`: without what it shares with others or with this machine (a split or a
 * sparse index, the caches of untracked files and of a file system monitor). Entries stay as they are. False where there
 * is none yet.
 */
export async function exportIndex({ git, gitDir }: Repository, path: string): Promise<Date | undefined> {
  const index = join(gitDir, "index");
  const before = await stat(index).catch(() => undefined);
  if (!before) return undefined;
  await copyFile(index, path);
  // Git trusts what it noted of a file only when it noted it later than the file was changed.
  await utimes(path, before.atime, before.mtime);
  await git(["update-index", "--force-write-index"], {
    env: { GIT_INDEX_FILE: path },
    settings: [
      ["core.splitIndex", "false"],
      ["core.untrackedCache", "false"],
      ["index.sparse", "false"],
    ],
  });
  await utimes(path, before.atime, before.mtime);
  return before.mtime;
}

/** Refs that are ours, or another agent's work: not for this one. */
const foreignRefs = /^refs\/(agent-containers|agents)\//;

/** HEAD and all refs, with `own` beside them. */
export async function readRefs(
  { git, head }: Repository,
  own: Readonly<Record<string, string>>,
): Promise<GitFile[]> {
  const [listed, branch] = await Promise.all([
    git(["for-each-ref", "--format=%(objectname) %(refname) %(symref)"]),
    git(["symbolic-ref", "--quiet", "HEAD"]).catch(() => ""),
  ]);
  const packed: string[] = [];
  const files: GitFile[] = [];
  const file = (path: string, text: string) => files.push({ path, content: Buffer.from(text) });
  for (const line of listed.split("\n").filter((text) => text !== "")) {
    const [object = "", name = "", symbolic = ""] = line.split(" ");
    if (foreignRefs.test(name)) continue;
    if (symbolic !== "") file(name, `ref: ${symbolic}\n`);
    else packed.push(`${object} ${name}\n`);
  }
  for (const [name, object] of Object.entries(own)) packed.push(`${object} ${name}\n`);
  file("packed-refs", packed.join(""));
  file("HEAD", branch === "" ? `${head ?? ""}\n` : `ref: ${branch.trim()}\n`);
  return files;
}

/** What is under way: a merge, a rebase, a bisect. `FETCH_HEAD` and reflogs hold addresses, and stay here. */
const underWay = [
  ...["MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "MERGE_AUTOSTASH", "AUTO_MERGE", "SQUASH_MSG", "ORIG_HEAD"],
  ...["CHERRY_PICK_HEAD", "REVERT_HEAD", "REBASE_HEAD", "rebase-merge", "rebase-apply", "sequencer"],
  ...[
    "BISECT_LOG",
    "BISECT_START",
    "BISECT_TERMS",
    "BISECT_NAMES",
    "BISECT_EXPECTED_REV",
    "info/sparse-checkout",
  ],
];
// The list of stashes is a reflog.
const shared = ["shallow", "info/grafts", "info/attributes", "logs/refs/stash"];

async function filesAt(folder: string, path: string): Promise<GitFile[]> {
  const found = await lstat(join(folder, path)).catch(() => undefined);
  if (found?.isFile()) return [{ path, content: await readFile(join(folder, path)) }];
  if (!found?.isDirectory()) return [];
  // It names a key, which the agent does not have.
  const names = (await readdir(join(folder, path))).filter((name) => name !== "gpg_sign_opt");
  return (await Promise.all(names.sort().map((name) => filesAt(folder, `${path}/${name}`)))).flat();
}

/**
 * The small files of a repository's `.git` in the agent: its config (`renderCloneConfig`), what it excludes (with this
 * user's own rules, which git puts below), and what is under way. `gitFolder`: where it will lie.
 */
export async function readGitFiles(
  { git, gitDir, commonDir }: Repository,
  settings: readonly Setting[],
  gitFolder: string,
  homeDir: string,
): Promise<GitFile[]> {
  const text = async (path: string) => readFile(path, "utf8").catch(() => "");
  const pathOf = async (name: string, usual: string) => {
    if (settingOf(settings, name) === undefined) return join(homeDir, ".config", "git", usual);
    return (await git(["config", "--type=path", "--get", name])).replace(/\n$/, "");
  };
  const [own, theirs, attributes, ...rest] = await Promise.all([
    text(join(commonDir, "info", "exclude")),
    pathOf("core.excludesfile", "ignore").then(text),
    pathOf("core.attributesfile", "attributes").then(text),
    ...underWay.map((path) => filesAt(gitDir, path)),
    ...shared.map((path) => filesAt(commonDir, path)),
  ]);
  const files = rest.flat();
  const add = (path: string, content: string) => files.push({ path, content: Buffer.from(content) });
  add("info/exclude", theirs === "" ? own : `${theirs.trimEnd()}\n${own}`);
  const more: Setting[] = [];
  if (attributes !== "") {
    add("info/user-attributes", attributes);
    more.push(["core.attributesfile", `${gitFolder}/info/user-attributes`]);
  }
  add("config", renderCloneConfig(settings, more));
  return files;
}
