import { realpath } from "node:fs/promises";
import { join, posix, resolve } from "node:path";
import { AgentError, isAgentError, messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import { gitIn, GitFailure, type Git, type GitOptions } from "./git.js";
import { validateWorkspaceSource } from "./workspaceSource.js";

/** A git repository with a work tree. */
export interface Repository {
  /** The top of its work tree, as a real path. */
  root: string;
  /** What belongs to this work tree alone: HEAD, the index. */
  gitDir: string;
  /** What its work trees share: objects, branches. */
  commonDir: string;
  /** The commit of HEAD; undefined where its branch has none. */
  head: string | undefined;
  git: Git;
}

/** A repository to clone, seen from the folder that was named. */
export interface CloneSource extends Repository {
  /** Where that folder lies in it, with slashes; empty for the repository itself. */
  subfolder: string;
}

const line = (text: string) => text.replace(/\r?\n$/, "");

/** The error for a repository that git cannot be asked about; others pass. */
export function repositoryError(path: string, error: unknown): unknown {
  if (!(error instanceof GitFailure)) return error;
  if (error.stderr.includes("dubious ownership")) {
    return invalid(
      `git does not open ${path}, because it belongs to somebody else.`,
      `If you trust it, run: git config --global --add safe.directory '${path}'`,
      error,
    );
  }
  if (error.stderr.includes("not a git repository") && !error.stderr.includes("not a git repository: ")) {
    return invalid(`${path} is not in a git repository.`, 'Set the mode of the workspace to "copy".', error);
  }
  if (error.stderr.includes("Permission denied")) {
    const remedy = "Make it readable, or name it in a file .agentignore at the top of the repository.";
    return invalid(`Something in ${path} may not be read: ${error.message}`, remedy, error);
  }
  const remedy = 'Repair the repository (git fsck), or set the mode of the workspace to "copy".';
  return invalid(`git cannot read the repository ${path}: ${error.message}`, remedy, error);
}

export function invalid(sentence: string, remedy: string, cause?: unknown): AgentError {
  return new AgentError("WORKSPACE_INVALID", sentence, { field: "workspace.source", remedy, cause });
}

/** The repository whose work tree `folder` (a real path) lies in. Throws `GitFailure`, and `WORKSPACE_INVALID` for a bare one. */
export async function openRepository(folder: string, options: GitOptions): Promise<Repository> {
  const git = gitIn(folder, options);
  const [kind, gitDir, commonDir] = await Promise.all([
    git(["rev-parse", "--is-bare-repository", "--is-inside-work-tree"]),
    git(["rev-parse", "--absolute-git-dir"]),
    git(["rev-parse", "--git-common-dir"]),
  ]);
  if (!/true\s*$/.test(kind)) {
    const what = kind.startsWith("true") ? "a bare repository" : "inside of a repository's .git folder";
    throw invalid(
      `${folder} is ${what}: it has no files to work on.`,
      "Choose a folder that it is checked out in.",
    );
  }
  const root = await realpath(line(await git(["rev-parse", "--show-toplevel"])));
  // Exits with 1, and says nothing, where there is no commit yet.
  const head = await git(["rev-parse", "--quiet", "--verify", "HEAD"]).catch((error: unknown) => {
    if (error instanceof GitFailure && error.exitCode === 1 && error.stderr === "") return "";
    throw error;
  });
  return {
    root,
    gitDir: line(gitDir),
    commonDir: resolve(folder, line(commonDir)),
    head: line(head) || undefined,
    git: gitIn(root, options),
  };
}

/**
 * Looks at the folder that a workspace is to be cloned from (SPEC W2); of a folder inside a repository it is the whole
 * repository. Nothing is written. `WORKSPACE_INVALID`: as `validateWorkspaceSource`, without git, where there is no
 * repository, a bare, broken or somebody else's one, one without a commit, and for a folder that the repository around it
 * knows nothing of.
 */
export async function checkCloneSource(path: string, options: GitOptions): Promise<CloneSource> {
  const folder = await validateWorkspaceSource(path);
  try {
    const repository = await openRepository(folder, options);
    const { head, root, git } = repository;
    if (head === undefined) {
      throw invalid(
        `The repository ${root} has no commit on its branch yet.`,
        'Make a first commit, or set the mode of the workspace to "copy".',
      );
    }
    await git(["cat-file", "-e", `${head}^{tree}`]);
    const subfolder =
      folder === root ? "" : line(await gitIn(folder, options)(["rev-parse", "--show-prefix"]));
    // A dotfiles repository around everything is not what somebody means by a project in it.
    if (subfolder !== "" && (await git(["ls-files", "-z", "--", `:(literal)${subfolder}`])) === "") {
      throw invalid(
        `The repository around ${path}, ${root}, has no file of it.`,
        'Set the mode of the workspace to "copy", or choose a folder of the repository.',
      );
    }
    return { ...repository, subfolder: posix.normalize(`${subfolder}/`).replace(/^\.?\/|\/+$/g, "") };
  } catch (error) {
    throw repositoryError(folder, error);
  }
}

/**
 * How a folder gets into an agent when nothing is said: cloned where it is a git folder with a commit, else copied
 * (`undefined`). `WORKSPACE_INVALID`, as `validateWorkspaceSource`.
 */
export async function cloneByDefault(
  path: string,
  options: GitOptions & { log: Logger },
): Promise<CloneSource | undefined> {
  await validateWorkspaceSource(path);
  try {
    return await checkCloneSource(path, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!isAgentError(error, "WORKSPACE_INVALID")) throw error;
    options.log.info(`${path} is copied and not cloned: ${messageOf(error)}`);
    return undefined;
  }
}

/** The repository of exactly this folder, for those that lie in another; undefined where there is none. */
export async function nestedRepository(
  parent: string,
  path: string,
  options: GitOptions,
): Promise<Repository | undefined> {
  const folder = join(parent, path);
  try {
    const repository = await openRepository(folder, options);
    return repository.root === folder ? repository : undefined;
  } catch (error) {
    // Also a folder that is not there. What it is instead is said by who asks.
    if (error instanceof GitFailure || isAgentError(error, "WORKSPACE_INVALID")) return undefined;
    throw error;
  }
}
