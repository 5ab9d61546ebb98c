// @ts-check
// The cache folder: downloads and state that outlive one run. Deleting it only costs time.
import { existsSync } from "node:fs";
import { link, mkdir, mkdtemp, readFile, rename, rm, unlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fromEnvironment } from "./run.mjs";

/** @returns {string} The cache folder; `AGENT_CONTAINERS_CACHE` moves it. It may not exist yet. */
export function cacheFolder() {
  const usual = fromEnvironment("XDG_CACHE_HOME") ?? join(homedir(), ".cache");
  return fromEnvironment("AGENT_CONTAINERS_CACHE") ?? join(usual, "agent-containers");
}

/** @param {string} name @returns {Promise<string>} A folder inside the cache that exists. */
export async function stateFolder(name) {
  const path = join(cacheFolder(), name);
  await mkdir(path, { recursive: true });
  return path;
}

/**
 * Something that is made once. It is made in a temporary folder and renamed when it is complete, so that an
 * interrupted run leaves nothing half done.
 * @param {string} name What it is called in the cache; carries its version.
 * @param {(folder: string) => Promise<void>} make Fills the folder.
 * @returns {Promise<string>} The folder with it.
 */
export async function cached(name, make) {
  const path = join(cacheFolder(), name);
  if (existsSync(path)) return path;
  await withLock(name, async () => {
    if (existsSync(path)) return;
    const draft = await mkdtemp(join(cacheFolder(), `.making-${name}-`));
    try {
      await make(draft);
      await rename(draft, path);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  });
  return path;
}

/**
 * Runs an action while no other process on this machine runs one under the same name.
 * A lock whose process is gone is taken over.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(name, action) {
  const folder = await stateFolder("locks");
  const lock = join(folder, name);
  const mine = join(folder, `${name}.${String(process.pid)}`);
  await writeFile(mine, String(process.pid));
  try {
    // A hard link appears with its content or not at all.
    while (!(await linked(mine, lock))) {
      if (await ownerIsGone(lock)) await rm(lock, { force: true });
      else await sleep(200);
    }
    try {
      return await action();
    } finally {
      await unlink(lock);
    }
  } finally {
    await rm(mine, { force: true });
  }
}

/** @param {string} from @param {string} to */
async function linked(from, to) {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** @param {string} lock */
async function ownerIsGone(lock) {
  try {
    process.kill(Number(await readFile(lock, "utf8")), 0);
    return false;
  } catch (error) {
    return hasCode(error, "ESRCH");
  }
}

/** @param {unknown} error @param {string} code */
export function hasCode(error, code) {
  return error instanceof Error && "code" in error && error.code === code;
}
