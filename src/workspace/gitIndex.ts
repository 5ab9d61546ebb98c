import { git, gitLine, gitMaybe, type GitSide } from "./gitSide.js";
import { parseEntries, type TreeEntry } from "./rawDiff.js";

/**
 * File names inside git's answers and questions: one character a byte, because a name need not be UTF-8. `toBytes` and
 * `fromBytes` lead to and from a name as people write it.
 */
export const toBytes = (name: string): string => Buffer.from(name).toString("latin1");
export const fromBytes = (bytes: string): string => Buffer.from(bytes, "latin1").toString();

/** Names as `-z --stdin` takes them. */
export const asInput = (records: Iterable<string>): Buffer =>
  Buffer.from([...records].map((record) => `${record}\0`).join(""), "latin1");

const entriesOf = async (side: GitSide, args: readonly string[], env?: Record<string, string>) =>
  parseEntries((await git(side, args, { env })).toString("latin1"));

/** An index of our own, so that the user's is not touched. */
export interface ScratchIndex {
  folder: string;
  /** For every call that means this index. */
  env: { GIT_INDEX_FILE: string };
}

/** A copy of the repository's index: what git knows of files' times is in it, so that it reads none twice. */
export async function scratchIndex(side: GitSide, folder: string): Promise<ScratchIndex> {
  const file = `${folder}/index`;
  const real = await gitLine(side, ["rev-parse", "--absolute-git-dir"]);
  await side.copyFile(`${real}/index`, file);
  return { folder, env: { GIT_INDEX_FILE: file } };
}

/** What the index holds, by name; files with unresolved conflicts are not among them. */
export const indexEntries = (side: GitSide, index?: ScratchIndex): Promise<Map<string, TreeEntry>> =>
  entriesOf(side, ["ls-files", "-s", "-z"], index?.env);

/** Names with unresolved conflicts, each with its records as `update-index --index-info` takes them. */
export async function unmergedEntries(side: GitSide, index?: ScratchIndex): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  const output = await git(side, ["ls-files", "-u", "-z"], { env: index?.env });
  for (const record of output.toString("latin1").split("\0")) {
    const path = record.slice(record.indexOf("\t") + 1);
    if (path !== "") found.set(path, [...(found.get(path) ?? []), record]);
  }
  return found;
}

/** All files of a tree or a commit; empty where there is none such. */
export async function treeEntries(side: GitSide, tree: string): Promise<Map<string, TreeEntry>> {
  const found = await gitMaybe(side, ["rev-parse", "--verify", "--quiet", `${tree}^{tree}`]);
  return found === "" ? new Map() : entriesOf(side, ["ls-tree", "-r", "-z", "--full-tree", found]);
}

/** Takes the work tree's present contents of `paths` into the scratch index, ignored or not; what is gone goes. */
export async function takeFiles(side: GitSide, index: ScratchIndex, paths: Iterable<string>): Promise<void> {
  await git(side, ["update-index", "-z", "--add", "--remove", "--stdin"], {
    env: index.env,
    input: asInput(paths),
  });
}

/** The tree of what the work tree holds, ignored files left out, made in a scratch index. */
export async function worktreeTree(
  side: GitSide,
  index: ScratchIndex,
  signal?: AbortSignal,
): Promise<string> {
  const quiet = ["-c", "advice.addEmbeddedRepo=false", "-c", "core.safecrlf=false"];
  await git(side, [...quiet, "add", "-A"], { env: index.env, signal });
  return gitLine(side, ["write-tree"], { env: index.env });
}

/** A commit that is on no branch. The same contents give the same commit. */
export async function looseCommit(
  side: GitSide,
  tree: string,
  parent: string,
  message: string,
): Promise<string> {
  const at = parent ? await gitLine(side, ["show", "-s", "--format=%ct", parent]) : "0";
  const [name, email, date] = ["Agent Containers", "agent-containers@localhost", `${at} +0000`];
  const env = {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
    GIT_COMMITTER_DATE: date,
  };
  const args = ["commit-tree", "--no-gpg-sign", tree, ...(parent ? ["-p", parent] : []), "-m", message];
  return gitLine(side, args, { env });
}

/** Keeps what a scratch index holds in a loose commit on top of HEAD, where there is one. */
export async function keepIndex(side: GitSide, index: ScratchIndex, message: string): Promise<string> {
  const head = await gitMaybe(side, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  const tree = await gitLine(side, ["write-tree"], { env: index.env });
  return looseCommit(side, tree, head, message);
}
