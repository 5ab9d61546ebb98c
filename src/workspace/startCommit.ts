import { copyFile, mkdir, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { namesOf, renderCloneConfig, type Setting } from "./cloneConfig.js";
import { splitZ, type GitCall } from "./git.js";
import { lfsPointer } from "./lfsFilter.js";
import type { Enumerated, GitFile } from "./repositoryState.js";
import type { Repository } from "./repository.js";

/** The commit of HEAD when an agent got its clone. */
export const baseRef = "refs/agent-containers/base";
/** The same with what was not committed: what the agent changed is the difference to it. */
export const startRef = "refs/agent-containers/start";

const identity = { NAME: "Agent Containers", EMAIL: "agent-containers@localhost" };
const author = Object.fromEntries(
  ["AUTHOR", "COMMITTER"].flatMap((who) =>
    Object.entries(identity).map(([key, value]) => [`GIT_${who}_${key}`, value]),
  ),
);

/** Contents from this size on are stored as they are, and not held in memory. */
const largeFile = "8m";

/** What `commitStart` works with. */
export interface StartRequest {
  files: Pick<Enumerated, "untracked" | "tracked">;
  settings: readonly Setting[];
  /** What `readGitFiles` gave: the config that the agent will have, and its attributes. */
  gitFiles: readonly GitFile[];
  /** Where temporary files may be. */
  folder: string;
  /** A whole copy of the repository's index (`exportIndex`). */
  index: string;
  /** Paths for which it holds stay as the index has them. */
  isOut: (path: string) => boolean;
}

/**
 * Commits the files as they are now, untracked ones included, without touching the repository: in a `.git` of its own
 * beside it. That has the config of the agent's, so that contents are read as they will be read there, and no filter of
 * the repository's runs. Gives the commit, and where its objects are; that of HEAD, where it has the same files.
 */
export async function commitStart(
  { git, head, commonDir, root }: Repository,
  { files, settings, gitFiles, folder, index, isOut }: StartRequest,
): Promise<{ commit: string; objects: string }> {
  const gitDir = join(folder, "git");
  const objects = join(gitDir, "objects");
  const own = join(gitDir, "index");
  for (const name of ["objects/pack", "refs", "info"]) await mkdir(join(gitDir, name), { recursive: true });
  const attributes = join(gitDir, "info", "user-attributes");
  await writeFile(join(gitDir, "HEAD"), "ref: refs/heads/main\n");
  await writeFile(join(gitDir, "config"), renderCloneConfig(settings, [["core.attributesfile", attributes]]));
  for (const { path, content } of gitFiles) {
    if (/^info\/(user-)?attributes$/.test(path)) await writeFile(join(gitDir, path), content);
  }
  const before = await stat(index).catch(() => undefined);
  if (before) {
    await copyFile(index, own);
    await utimes(own, before.atime, before.mtime);
  }
  const store = join(commonDir, "objects");
  const call: GitCall = {
    env: {
      GIT_DIR: gitDir,
      GIT_WORK_TREE: root,
      // Not even this user's own filters: the agent has none of them.
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      // A list with colons; quoted, one with a colon in its name is one.
      GIT_ALTERNATE_OBJECT_DIRECTORIES: `"${store.replace(/["\\]/g, "\\$&")}"`,
      ...author,
    },
    settings: [
      // Its contents need not be kept a second time.
      ...(namesOf(settings, "filter").includes("lfs") ? ([["filter.lfs.clean", lfsPointer]] as const) : []),
      ["core.safecrlf", "false"],
      ["core.bigFileThreshold", largeFile],
      ["core.looseCompression", "1"],
      // Large ones: they are read once, and sent as they are.
      ["pack.compression", "0"],
    ],
  };
  // Among them are files that were only touched: reading them again does no harm.
  const changed = before ? splitZ(await git(["diff-files", "-z", "--name-only"], call)) : files.tracked;
  const all = [...changed, ...files.untracked].map((path) => path.replace(/\/$/, ""));
  const paths = all.filter((path) => !isOut(path));
  if (paths.length > 0) {
    const input = paths.map((path) => `${path}\0`).join("");
    await git(["update-index", "--add", "--remove", "-z", "--stdin"], { ...call, input });
  }
  const tree = (await git(["write-tree", "--missing-ok"], call)).trim();
  if (head !== undefined && tree === (await git(["rev-parse", `${head}^{tree}`])).trim()) {
    return { commit: head, objects };
  }
  const parent = head === undefined ? [] : ["-p", head];
  const message = ["-m", "The files as the agent got them"];
  const commit = (await git(["commit-tree", tree, ...parent, ...message], call)).trim();
  return { commit, objects };
}
