import { posix } from "node:path";
import type { ComparedFile } from "../model/comparison.js";
import type { Translate } from "./text.js";

/** As many folders are named, and as many files of each. */
const most = 8;
const mostOfEach = 3;

/** The folder that a file is counted in: the first two levels below what was compared. */
function folderOf(path: string, folders: readonly string[]): string {
  const root = folders.find((folder) => path.startsWith(`${folder}/`)) ?? "/";
  const levels = posix.relative(root, posix.dirname(path)).split("/").slice(0, 2);
  return posix.join(root, ...levels);
}

/** Where so many files are that they are not opened: the folders with the most of them, and the first files of each. */
export function filesByFolder(
  files: readonly ComparedFile[],
  folders: readonly string[],
  t: Translate,
): string {
  const groups = new Map<string, ComparedFile[]>();
  for (const file of files) {
    const folder = folderOf(file.path, folders);
    const group = groups.get(folder);
    if (group) group.push(file);
    else groups.set(folder, [file]);
  }
  const sorted = [...groups].sort(([, one], [, other]) => other.length - one.length);
  const lines = sorted.slice(0, most).map(([folder, group]) => {
    const names = group.slice(0, mostOfEach).map(({ path }) => posix.relative(folder, path));
    const more = group.length > names.length ? ", …" : "";
    return t("{0}: {1} files ({2}{3})", folder, group.length, names.join(", "), more);
  });
  const rest = sorted.length - lines.length;
  return [...lines, ...(rest > 0 ? [t("{0} more folders", rest)] : [])].join("\n");
}
