import { AgentError } from "../model/errors.js";
import type { Applied } from "./applyChanges.js";
import {
  fromBytes,
  indexEntries,
  keepIndex,
  scratchIndex,
  takeFiles,
  toBytes,
  treeEntries,
} from "./gitIndex.js";
import type { GitSide } from "./gitSide.js";
import { restoreFiles, writeFiles } from "./restoreFiles.js";

/**
 * Writes files of a tree into the work tree as they are; a folder's name means all below it. What is there and differs
 * is replaced only with `overwrite`, and is then kept in the commit `before`; what fails half way is put back.
 * `NOT_FOUND` (field `paths`), `WOULD_OVERWRITE`.
 */
export async function copyFiles(
  side: GitSide,
  request: { tree: string; paths: readonly string[]; overwrite: boolean; signal?: AbortSignal },
): Promise<Applied> {
  const { tree, overwrite, signal } = request;
  const entries = await treeEntries(side, tree);
  const wanted = request.paths.map((path) => toBytes(path.replace(/\/+$/, "")));
  const isFor = (path: string) => (name: string) => name === path || name.startsWith(`${path}/`);
  const missing = wanted.filter((path) => ![...entries.keys()].some(isFor(path))).map(fromBytes);
  if (missing.length > 0) {
    throw new AgentError("NOT_FOUND", `The agent has no such files: ${missing.join(", ")}.`, {
      field: "paths",
      files: missing,
      remedy: "Ignored files are not told by git: download them instead.",
    });
  }
  const names = [...entries.keys()].filter((name) => wanted.some((path) => isFor(path)(name)));
  const skipped = names.filter((name) => entries.get(name)?.mode === "160000");
  const files = names.filter((name) => !skipped.includes(name));
  const folder = await side.temporary();
  try {
    const index = await scratchIndex(side, folder);
    await takeFiles(side, index, files);
    const local = await indexEntries(side, index);
    const is = (name: string) => JSON.stringify(local.get(name)) === JSON.stringify(entries.get(name));
    const todo = files.filter((name) => !is(name));
    const replaced = todo.filter((name) => local.has(name));
    if (replaced.length > 0 && !overwrite) throw notYet(replaced.map(fromBytes));
    const before =
      replaced.length > 0 ? await keepIndex(side, index, "Before files were copied over") : undefined;
    signal?.throwIfAborted();
    try {
      await writeFiles(side, folder, todo, entries);
    } catch (error) {
      await restoreFiles(side, index, todo, local);
      throw error;
    }
    return {
      files: todo.map(fromBytes),
      same: files.filter(is).map(fromBytes),
      skipped: skipped.map(fromBytes),
      conflicts: [],
      ...(before !== undefined && { before }),
    };
  } finally {
    await side.remove([folder]);
  }
}

function notYet(files: readonly string[]): AgentError {
  const names = files.slice(0, 3).join(", ");
  const more = files.length > 3 ? ` and ${files.length - 3} more` : "";
  return new AgentError("WOULD_OVERWRITE", `These files are here already, and differ: ${names}${more}.`, {
    files,
    remedy: "Leave them out, or say that they may be overwritten.",
  });
}
