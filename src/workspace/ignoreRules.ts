import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import ignore from "ignore";
import type { Ignore } from "ignore";
import { trackedThoughIgnored } from "./trackedThoughIgnored.js";
import type { Logger } from "../util/log.js";

/** Which paths of one folder, and of those below, are left out. Paths are relative to the root, with slashes. */
export interface IgnoreRules {
  /**
   * True when `path` is left out, given that the folder it lies in is not; of a folder also `unless needed`: it is
   * there only when something in it is.
   */
  leavesOut(path: string, isFolder: boolean): boolean | "unless needed";
  /** The rules that hold inside the folder `path`, whose own .gitignore is added. */
  inside(path: string): Promise<IgnoreRules>;
}

/** Leaves nothing out. */
export const noRules: IgnoreRules = { leavesOut: () => false, inside: () => Promise.resolve(noRules) };

/**
 * The ignore rules of the folder `root`: git's (.gitignore at every level, .git/info/exclude; not the user's global
 * file), then those of `.agentignore` in `root`, in the same language, which win. Two exceptions, so that the agent
 * has a whole repository: `.git` and what lies in it is left out by .agentignore only, and so are files that git
 * tracks though a rule of its own names them.
 */
export async function readIgnoreRules(root: string, log: Logger): Promise<IgnoreRules> {
  const agentText = await readRules(join(root, ".agentignore"));
  const agentRules = create().add(agentText);
  const tracked = await trackedThoughIgnored(root, log);

  const rulesFor = (git: Ignore): IgnoreRules => {
    const both = create().add(git).add(agentText);
    return {
      leavesOut(path, isFolder) {
        const asked = isFolder ? `${path}/` : path;
        if (agentRules.test(asked).ignored) return true;
        if (path.split("/").includes(".git") || tracked.has(path)) return false;
        return both.test(asked).ignored;
      },
      async inside(path) {
        const text = await readRules(join(root, path, ".gitignore"));
        return text ? rulesFor(create().add(git).add(rebase(text, path))) : this;
      },
    };
  };
  const exclude = await readRules(join(root, ".git", "info", "exclude"));
  return rulesFor(
    create()
      .add(exclude)
      .add(await readRules(join(root, ".gitignore"))),
  );
}

/** The rules of `.agentignore` alone. */
export async function readAgentIgnore(root: string): Promise<Ignore> {
  return create().add(await readRules(join(root, ".agentignore")));
}

// Git compares as the file system does.
const create = () => ignore({ ignorecase: process.platform === "win32" || process.platform === "darwin" });

/** Empty when there is none; a link is not followed, as git does not. */
async function readRules(path: string): Promise<string> {
  try {
    return (await lstat(path)).isFile() ? await readFile(path, "utf8") : "";
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    throw error;
  }
}

/**
 * The rules of a nested .gitignore in terms of the root. All levels are one list then, in which a later rule can
 * bring back what an earlier one left out.
 */
export function rebase(text: string, folder: string): string[] {
  const prefix = `/${folder.replace(/[\\*?[\]!# ]/g, "\\$&")}/`;
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    .map((line) => {
      const negated = line.startsWith("!");
      const pattern = negated ? line.slice(1) : line;
      // A slash before the end ties a pattern to its folder; without one it holds at every depth below.
      const tied = pattern.trimEnd().replace(/\/$/, "").includes("/");
      return `${negated ? "!" : ""}${prefix}${tied ? pattern.replace(/^\//, "") : `**/${pattern}`}`;
    });
}
