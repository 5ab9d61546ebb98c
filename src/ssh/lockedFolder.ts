import { chmod, mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Clock } from "../util/clock.js";
import { unwritable } from "./editFile.js";
import { ignoring, withFileLock } from "./fileLock.js";
import type { FolderPaths } from "./folderPaths.js";
import { parseBlocks } from "./hostBlocks.js";

export type Guard = () => Promise<void>;

/**
 * Runs `work` with our folder there and locked against every other process. Afterwards, when neither a block nor a
 * key is left, the folder goes, and `~/.ssh` too if it was us who made it and nothing else lies in it.
 * `SSH_CONFIG_UNWRITABLE`; the signal's reason; what `work` throws.
 */
export async function inLockedFolder<T>(
  paths: FolderPaths,
  options: { clock: Clock; signal?: AbortSignal; madeSshDir?: boolean },
  work: (guard: Guard) => Promise<T>,
): Promise<T> {
  let made = options.madeSshDir ?? false;
  const prepare = async () => {
    made = (await makeFolders(paths)) || made;
  };
  let left = { nothing: false, madeSshDir: false };
  try {
    return await withFileLock(
      paths.lock,
      { clock: options.clock, signal: options.signal, prepare },
      async (guard) => {
        if (made) await writeFile(paths.madeSshDir, "", { mode: 0o600 });
        try {
          return await work(guard);
        } finally {
          await guard();
          left = await clearIfUnused(paths);
        }
      },
    );
  } catch (error) {
    throw unwritable(paths.folder, error);
  } finally {
    if (left.nothing) await leave(paths, options.clock, left.madeSshDir);
    else if (made) await removeIfBare(paths);
  }
}

/** True when it made `~/.ssh`. */
async function makeFolders(paths: FolderPaths): Promise<boolean> {
  const made = await makeFolder(paths.sshDir, ["EEXIST"]);
  // Another process may have removed ~/.ssh again; the lock then fails, and all is tried anew.
  const madeOurs = await makeFolder(paths.folder, ["EEXIST", "ENOENT"]);
  if (!madeOurs && process.platform !== "win32") {
    // ssh refuses every connection when a file that it includes may be written by others.
    const facts = await ignoring(["ENOENT"], stat(paths.folder));
    if (facts && (facts.mode & 0o777) !== 0o700) await chmod(paths.folder, 0o700);
  }
  return made;
}

async function makeFolder(path: string, known: readonly string[]): Promise<boolean> {
  return (
    (await ignoring(
      known,
      mkdir(path, { mode: 0o700 }).then(() => true),
    )) ?? false
  );
}

/** Called under the lock: empties the folder, but for the lock, when no agent has anything in it. */
async function clearIfUnused(paths: FolderPaths): Promise<{ nothing: boolean; madeSshDir: boolean }> {
  const config = await ignoring(["ENOENT"], readFile(paths.config, "utf8"));
  const keys = (await ignoring(["ENOENT"], readdir(paths.keys))) ?? [];
  if (keys.length > 0 || parseBlocks(config ?? "").length > 0) return { nothing: false, madeSshDir: false };
  const madeSshDir = (await ignoring(["ENOENT"], stat(paths.madeSshDir))) !== undefined;
  for (const entry of await readdir(paths.folder)) {
    if (!entry.startsWith(basename(paths.lock)))
      await rm(join(paths.folder, entry), { recursive: true, force: true });
  }
  return { nothing: true, madeSshDir };
}

/**
 * Called without the lock, because the lock lies in the folder. Another process may be in the folder by then; it saw
 * `~/.ssh` and cannot know that it was us who made it, so it is told.
 */
async function leave(paths: FolderPaths, clock: Clock, madeSshDir: boolean): Promise<void> {
  const gone = await removeFolder(paths.folder);
  if (!madeSshDir) return;
  if (gone && (await removeFolder(paths.sshDir))) return;
  const others = (await ignoring(["ENOENT"], readdir(paths.sshDir))) ?? [];
  if (!others.includes(basename(paths.folder))) return;
  await inLockedFolder(paths, { clock, madeSshDir }, () => Promise.resolve());
}

/** After a lock that was not to be had: what we made and nobody uses. */
async function removeIfBare(paths: FolderPaths): Promise<void> {
  if (await removeFolder(paths.folder)) await removeFolder(paths.sshDir);
}

/** True when it is gone. */
async function removeFolder(path: string): Promise<boolean> {
  const full = ["ENOTEMPTY", "EEXIST", "EBUSY", "EPERM"];
  return (
    (await ignoring(
      full,
      ignoring(["ENOENT"], rmdir(path)).then(() => true),
    )) ?? false
  );
}
