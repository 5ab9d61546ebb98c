import type { Dirent } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type { Logger } from "../util/log.js";
import { readIgnoreRules } from "./ignoreRules.js";
import type { IgnoreRules } from "./ignoreRules.js";
import { packTar } from "./packTar.js";
import type { TarEntry } from "./packTar.js";
import { readSource } from "./readSource.js";
import { unreadable } from "./workspaceSource.js";

export interface CopyOptions {
  /** Where the folder's contents lie in the container: `/app`. */
  target: string;
  /** Who owns every entry there. */
  uid: number;
  gid: number;
  log: Logger;
  /** Relative paths at which something else is mounted: the archive would be written through it. */
  mountedOver?: ReadonlySet<string>;
  signal?: AbortSignal;
  /** What is left out; the folder's own ignore files when absent. */
  rules?: IgnoreRules;
  /** The error for what may not be read; that of a workspace when absent. */
  unreadable?: (path: string, cause: unknown) => Error;
  /** The contents that were read up to now, in bytes, and the number of files. Called often. */
  onProgress?: (bytes: number, files: number) => void;
  /** What was left out although no rule names it, or is not what it was: its path and the reason. */
  onSkip?: (path: string, reason: string) => void;
}

/**
 * The folder `source` (a real path, see `validateWorkspaceSource`) as a tar stream for `/`, for the workspace mode
 * `copy` (SPEC W2): bytes, permission bits, times, links as links, empty folders. Sockets, pipes and devices are
 * skipped, and so is what vanishes meanwhile. Ignore rules: see `readIgnoreRules`. The stream fails with
 * `WORKSPACE_INVALID` when something may not be read.
 */
export function packFolder(source: string, options: CopyOptions): Readable {
  return packTar(folderEntries(source, options), options.signal);
}

/** The same as entries, for an archive with more in it. */
export async function* folderEntries(source: string, options: CopyOptions): AsyncGenerator<TarEntry> {
  const { log, onProgress = () => undefined, onSkip = () => undefined, signal } = options;
  const refuse = options.unreadable ?? unreadable;
  const owner = { uid: options.uid, gid: options.gid };
  const target = options.target.replace(/^\/+|\/+$/g, "");
  let bytes = 0;
  let files = 0;
  const count = (more: number) => onProgress((bytes += more), files);

  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      count(chunk.length);
      yield chunk;
    }
  }

  async function* entriesOf(folder: string, rules: IgnoreRules): AsyncGenerator<TarEntry> {
    for (const found of await list(join(source, folder))) {
      signal?.throwIfAborted();
      const path = folder ? `${folder}/${found.name}` : found.name;
      const out = options.mountedOver?.has(path) ? true : rules.leavesOut(path, found.isDirectory());
      if (out === true) continue;
      try {
        if (out === false) yield* entriesAt(path, rules);
        else yield* unlessEmpty(entriesAt(path, rules));
      } catch (error) {
        if (codeOf(error) === "ENOENT") onSkip(path, "it vanished, or its name is not Unicode");
        else if (codeOf(error) === "EACCES" || codeOf(error) === "EPERM") throw refuse(path, error);
        else throw error;
      }
    }
  }

  async function* entriesAt(path: string, rules: IgnoreRules): AsyncGenerator<TarEntry> {
    const full = join(source, path);
    const stats = await lstat(full, { bigint: true });
    const named = {
      path: target ? `${target}/${path}` : path,
      mode: Number(stats.mode),
      mtime: stats.mtime,
      mtimeNs: stats.mtimeNs,
      ...owner,
    };
    if (stats.isDirectory()) {
      yield { ...named, type: "directory" };
      yield* entriesOf(path, await rules.inside(path));
    } else if (stats.isSymbolicLink()) {
      yield { ...named, type: "symlink", mode: 0o777, linkTarget: await readlink(full) };
    } else {
      const file = stats.isFile()
        ? await readSource(full, () => onSkip(path, "it shrank while it was copied; the rest is zeros"))
        : undefined;
      if (!file) return onSkip(path, "it is a socket, a pipe or a device");
      files += 1;
      if ("content" in file) count(file.content.length);
      yield "content" in file
        ? { ...named, type: "file", ...file }
        : { ...named, type: "file", size: file.size, chunks: counted(file.chunks) };
    }
  }

  const { mode, mtime, mtimeNs } = await lstat(source, { bigint: true });
  // The agent must get in, whatever the folder's mode is here.
  if (target) yield { type: "directory", path: target, mode: Number(mode) | 0o700, mtime, mtimeNs, ...owner };
  yield* entriesOf("", options.rules ?? (await readIgnoreRules(source, log)));
}

/** A folder's entry only together with one below it. */
async function* unlessEmpty(entries: AsyncGenerator<TarEntry>): AsyncGenerator<TarEntry> {
  let folder: TarEntry | undefined;
  let first = true;
  for await (const entry of entries) {
    if (first) folder = entry;
    else {
      if (folder) yield folder;
      folder = undefined;
      yield entry;
    }
    first = false;
  }
}

/** Sorted, so that the same folder gives the same archive. */
async function list(folder: string): Promise<Dirent[]> {
  const found = await readdir(folder, { withFileTypes: true });
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
