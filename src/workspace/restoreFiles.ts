import { asInput, fromBytes, indexEntries, takeFiles, type ScratchIndex } from "./gitIndex.js";
import { git, type GitSide } from "./gitSide.js";
import type { TreeEntry } from "./rawDiff.js";

/**
 * Puts files of a work tree back to what `entries` says of them; those that it does not know are removed, and those
 * that are as they were are left alone. `index` is for looking. Names as bytes.
 */
export async function restoreFiles(
  side: GitSide,
  index: ScratchIndex,
  paths: readonly string[],
  entries: ReadonlyMap<string, TreeEntry>,
): Promise<void> {
  await takeFiles(side, index, paths);
  const now = await indexEntries(side, index);
  const changed = paths.filter((path) => {
    const [is, was] = [now.get(path), entries.get(path)];
    return is?.id !== was?.id || is?.mode !== was?.mode;
  });
  await side.remove(changed.filter((path) => !entries.has(path)).map(fromBytes));
  await writeFiles(side, index.folder, changed, entries);
}

/** Writes files of a work tree as git checks them out: modes, links and line ends as they should be here. */
export async function writeFiles(
  side: GitSide,
  folder: string,
  paths: readonly string[],
  entries: ReadonlyMap<string, TreeEntry>,
): Promise<void> {
  const env = { GIT_INDEX_FILE: `${folder}/files` };
  await git(side, ["read-tree", "--empty"], { env });
  const known = [...new Set(paths)].flatMap((path) => {
    const entry = entries.get(path);
    return entry ? [{ path, ...entry }] : [];
  });
  const records = known.map(({ mode, id, path }) => `${mode} ${id}\t${path}`);
  await git(side, ["update-index", "-z", "--index-info"], { env, input: asInput(records) });
  await git(side, ["checkout-index", "-f", "-z", "--stdin"], {
    env,
    input: asInput(known.map(({ path }) => path)),
  });
}
