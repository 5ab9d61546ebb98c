import { Readable, type Writable } from "node:stream";
import type { EachFile } from "./containerFiles.js";
import { tarPass } from "./tarPass.js";

/** Hands over those files of an archive that are wanted; `pathOf` makes their paths of the archive's names. */
export async function eachFile(
  paths: readonly string[],
  pathOf: (name: string) => string,
  write: (sink: Writable) => Promise<void>,
  each: EachFile,
): Promise<void> {
  const wanted = new Set(paths);
  await tarPass(write, async (entry, { path: name, kind, hardLink, sizeBytes }) => {
    const path = pathOf(name);
    if (kind === "file" && !hardLink && wanted.has(path)) await each(path, Readable.from(entry), sizeBytes);
    else entry.resume();
  });
}

/** Paths by the folder below the root that they are in, each with the nearest folder that holds them all. */
export function groupedByFolder(paths: readonly string[]): { folder: string; paths: string[] }[] {
  const groups = new Map<string, { folder: string[]; paths: string[] }>();
  for (const path of paths) {
    const folders = path.split("/").slice(1, -1);
    const top = folders[0] ?? "";
    const group = groups.get(top);
    if (!group) {
      groups.set(top, { folder: folders, paths: [path] });
      continue;
    }
    group.paths.push(path);
    const differs = group.folder.findIndex((name, at) => name !== folders[at]);
    if (differs >= 0) group.folder.length = differs;
  }
  return [...groups.values()].map(({ folder, paths: all }) => ({
    folder: `/${folder.join("/")}`,
    paths: all,
  }));
}
