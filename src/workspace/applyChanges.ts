import { AgentError, messageOf } from "../model/errors.js";
import type { ChangedFile } from "../model/changes.js";
import {
  asInput,
  fromBytes,
  indexEntries,
  keepIndex,
  scratchIndex,
  takeFiles,
  toBytes,
  treeEntries,
  unmergedEntries,
  type ScratchIndex,
} from "./gitIndex.js";
import { git, gitLine, gitRefused, type GitSide } from "./gitSide.js";
import { pathsOf, planChanges } from "./planChanges.js";
import { parseRawDiff, type TreeEntry } from "./rawDiff.js";
import { restoreFiles } from "./restoreFiles.js";

/** Which changes are to be made: those that lead from one tree to another, both of them in the repository. */
export interface ApplyRequest {
  from: string;
  to: string;
  /** Only these files; a renamed one by either name. Default: all. */
  paths?: readonly string[];
  /** Also into files that hold uncommitted work; git then leaves conflicts as markers. */
  merge: boolean;
  signal?: AbortSignal;
}

/** What was done; names as people write them. */
export interface Applied {
  files: string[];
  same: string[];
  conflicts: string[];
  skipped: string[];
  /** A commit of what was there before, where uncommitted work was merged into. */
  before?: string;
}

const namesOf = (files: readonly ChangedFile[]) => files.map(({ path }) => fromBytes(path));

/** Those of the changes that were asked for. `NOT_FOUND` (field `paths`) for a name that is none of them. */
function chosen(files: readonly ChangedFile[], paths: readonly string[] | undefined): readonly ChangedFile[] {
  if (!paths) return files;
  const wanted = new Set(paths.map(toBytes));
  const found = files.filter((file) => pathsOf(file).some((path) => wanted.has(path)));
  const known = new Set(found.flatMap(pathsOf));
  const missing = [...wanted].filter((path) => !known.has(path)).map(fromBytes);
  if (missing.length === 0) return found;
  throw new AgentError("NOT_FOUND", `Not among the changes: ${missing.join(", ")}.`, {
    field: "paths",
    files: missing,
    remedy: "Look at the changes for the names that there are.",
  });
}

/** `WOULD_OVERWRITE`, with the names. */
export function wouldOverwrite(side: GitSide, files: readonly string[], remedy: string): AgentError {
  const names = files.slice(0, 3).join(", ");
  const more = files.length > 3 ? ` and ${files.length - 3} more` : "";
  const where = side.name === "here" ? "here" : `in ${side.name}`;
  const message = `There is uncommitted work ${where} in the same files: ${names}${more}.`;
  return new AgentError("WOULD_OVERWRITE", message, { files, remedy });
}

/**
 * Makes changes in a work tree, as uncommitted ones, the way `git apply --3way` does: where both sides changed a line,
 * git leaves its markers and the file counts as unresolved. HEAD, branches and what is staged stay as they are. Nothing
 * is written before everything is known to be possible, and what fails half way is put back; once git writes, it is
 * not interrupted. `WOULD_OVERWRITE` for files with uncommitted work of their own, `CHANGES_CONFLICT` where git refuses.
 */
export async function applyChanges(side: GitSide, request: ApplyRequest): Promise<Applied> {
  const { from, to, merge, signal } = request;
  const listed = await git(side, ["diff-tree", "-r", "-z", "--raw", "--no-abbrev", "-M", from, to], {
    signal,
  });
  const files = chosen(parseRawDiff(listed.toString("latin1")), request.paths);
  const folder = await side.temporary();
  try {
    const index = await scratchIndex(side, folder);
    const unresolved = await unmergedEntries(side);
    const [before, head] = await Promise.all([indexEntries(side), treeEntries(side, "HEAD")]);
    const submodule = ({ oldMode, newMode }: ChangedFile) => oldMode === "160000" || newMode === "160000";
    await takeFiles(side, index, files.filter((file) => !submodule(file)).flatMap(pathsOf));
    const local = await indexEntries(side, index);
    const plan = planChanges(files, { local, index: before, head });
    const paths = plan.todo.flatMap(pathsOf);
    const open = paths.filter((path) => unresolved.has(path)).map(fromBytes);
    if (open.length > 0) throw wouldOverwrite(side, open, "Resolve the conflicts in them first.");
    if (plan.atRisk.length > 0 && !merge) {
      throw wouldOverwrite(
        side,
        plan.atRisk.map(fromBytes),
        "Commit or stash them first, leave them out, or merge into them.",
      );
    }
    const done = { files: namesOf(plan.todo), same: namesOf(plan.same), skipped: namesOf(plan.skipped) };
    if (plan.todo.length === 0) return { ...done, conflicts: [] };
    const kept =
      plan.atRisk.length > 0
        ? await keepIndex(side, index, "Before changes were merged into uncommitted work")
        : undefined;
    const patch = await writePatch(side, folder, from, plan.todo, signal);
    signal?.throwIfAborted();
    const conflicts = await applyPatch(side, index, patch, { paths, local });
    return { ...done, conflicts: conflicts.map(fromBytes), ...(kept && { before: kept }) };
  } finally {
    await side.remove([folder]);
  }
}

/** A patch of some of the changes: names are in no argument, so that there may be any number of them. */
async function writePatch(
  side: GitSide,
  folder: string,
  from: string,
  files: readonly ChangedFile[],
  signal?: AbortSignal,
): Promise<string> {
  const env = { GIT_INDEX_FILE: `${folder}/wanted` };
  await git(side, ["read-tree", from], { env, signal });
  const none = "0".repeat(from.length);
  const records = files.flatMap(({ path, oldPath, newId, newMode }) => [
    ...(oldPath === undefined ? [] : [`0 ${none}\t${oldPath}`]),
    newId === undefined ? `0 ${none}\t${path}` : `${newMode ?? ""} ${newId}\t${path}`,
  ]);
  // What goes makes room for what comes: a file where there was a folder.
  const ordered = [...records].sort(
    (one, other) => Number(other.startsWith("0 ")) - Number(one.startsWith("0 ")),
  );
  await git(side, ["update-index", "-z", "--index-info"], { env, input: asInput(ordered), signal });
  const wanted = await gitLine(side, ["write-tree"], { env });
  const patch = `${folder}/patch`;
  const format = ["-p", "--binary", "--full-index", "-M", "--no-color", "--no-ext-diff", "--no-textconv"];
  await git(side, ["diff-tree", "-r", ...format, `--output=${patch}`, from, wanted], { signal });
  return patch;
}

/** Gives the names that git left unresolved. Takes no signal: half a patch helps nobody. */
async function applyPatch(
  side: GitSide,
  index: ScratchIndex,
  patch: string,
  before: { paths: readonly string[]; local: ReadonlyMap<string, TreeEntry> },
): Promise<string[]> {
  const args = ["apply", "--3way", "--whitespace=nowarn", patch];
  const answer = await side.run(args, { env: index.env });
  const unresolved = await unmergedEntries(side, index);
  const open = before.paths.filter((path) => unresolved.has(path));
  if (answer.code === 0) return open;
  if (open.length > 0) {
    const none = "0".repeat(40);
    const records = open.flatMap((path) => [`0 ${none}\t${path}`, ...(unresolved.get(path) ?? [])]);
    // The markers are in the files whether or not the index can say so as well.
    await side.run(["update-index", "-z", "--index-info"], { input: asInput(records) });
    return open;
  }
  const refusal = gitRefused(side, args, answer);
  try {
    await restoreFiles(side, index, before.paths, before.local);
  } catch (error) {
    throw new AgentError("INTERNAL", `${refusal.message} What it had written could not be taken back.`, {
      log: `${refusal.log ?? ""}\n${messageOf(error)}`,
      cause: error,
    });
  }
  throw new AgentError("CHANGES_CONFLICT", `git cannot apply the changes: ${refusal.message}`, {
    log: refusal.log,
    remedy:
      "Nothing was changed. Fetch the changes instead and merge them with git, or leave those files out.",
    cause: refusal,
  });
}
