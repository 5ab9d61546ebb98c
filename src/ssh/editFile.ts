import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { access, chmod, open, readFile, readlink, realpath, rename, stat, unlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { AgentError } from "../model/errors.js";
import { systemClock } from "../util/clock.js";
import { codeOf, ignoring } from "./fileLock.js";

export interface EditOptions {
  /** Mode of a file that is new; one that exists keeps its own, unless `forceMode`. */
  mode: number;
  forceMode?: boolean;
  /** The bytes are on the disk before they are seen: a power cut leaves the old file or the new one, never none. */
  durable: boolean;
  /** Called before the change becomes visible; what it throws stops it. */
  guard: () => Promise<void>;
}

/**
 * Replaces the content of a file by what `edit` makes of it; undefined stands for no file. By compare-and-swap: a new
 * file beside it takes its place in one step, and only when the old one still holds what `edit` was given, else all
 * begins again. Mode and owner stay, a symbolic link stays one and its target is changed, and nothing is written when
 * the bytes are equal. Gives what was there before and whether it changed.
 *
 * `SSH_CONFIG_UNWRITABLE`, with the path, when it cannot be read or written, is read-only, or never stays the same.
 */
export async function editFile(
  path: string,
  edit: (before: Buffer | undefined) => Buffer | undefined,
  options: EditOptions,
): Promise<{ before: Buffer | undefined; changed: boolean }> {
  try {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      const target = await followLinks(path);
      const before = await read(target);
      const after = edit(before);
      if (same(before, after)) {
        if (before && options.forceMode) await setMode(target, options.mode);
        return { before, changed: false };
      }
      if (await swap(target, before, after, options)) return { before, changed: true };
    }
  } catch (error) {
    throw unwritable(path, error);
  }
  throw unwritable(path, new Error("another program keeps changing it"));
}

/** The reason as our error; what has no code of the system's stays as it is. */
export function unwritable(path: string, error: unknown): unknown {
  if (error instanceof AgentError) return error;
  const code = codeOf(error);
  if (error instanceof Error && error.name === "AbortError") return error;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new AgentError("NO_SPACE", `No space is left to write ${path}.`, {
      cause: error,
      remedy: "Free some disk space in your home folder, then try again.",
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new AgentError(
    "SSH_CONFIG_UNWRITABLE",
    `The SSH configuration ${path} cannot be written: ${reason}.`,
    {
      cause: error,
      remedy: `Make ${path} writable for you, then try again.`,
    },
  );
}

async function swap(
  target: string,
  before: Buffer | undefined,
  after: Buffer | undefined,
  options: EditOptions,
): Promise<boolean> {
  const facts = before && (await writableFacts(target));
  const unchanged = async () => same(await read(target), before);
  if (!after) {
    await options.guard();
    if (!(await unchanged())) return false;
    await ignoring(["ENOENT"], unlink(target));
    return true;
  }
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const mode = facts && !options.forceMode ? facts.mode & 0o7777 : options.mode;
    await write(temporary, after, { mode, owner: facts, durable: options.durable });
    await options.guard();
    if (!(await unchanged())) return false;
    await moveOver(temporary, target);
    return true;
  } finally {
    // Gone when it took its place.
    await ignoring(["ENOENT"], unlink(temporary));
  }
}

/** Root may write everything, so the mode is asked too: who takes away the write bit means it. */
async function writableFacts(target: string): Promise<Stats> {
  const facts = await stat(target);
  if ((facts.mode & 0o200) === 0) throw new Error("it is read-only");
  await access(target, constants.W_OK);
  return facts;
}

async function write(
  path: string,
  bytes: Buffer,
  { mode, owner, durable }: { mode: number; owner: Stats | undefined; durable: boolean },
): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    if (process.platform !== "win32") {
      const own = await file.stat();
      if (owner && (owner.uid !== own.uid || owner.gid !== own.gid)) await file.chown(owner.uid, owner.gid);
      await file.chmod(mode);
    }
    // A rename may reach the disk before the bytes do.
    if (durable) await file.sync();
  } finally {
    await file.close();
  }
}

/** Windows refuses while a virus scanner or an editor has the file open, which passes. */
async function moveOver(from: string, to: string): Promise<void> {
  for (let delayMs = 10; ; delayMs *= 2) {
    try {
      return await rename(from, to);
    } catch (error) {
      const passes =
        process.platform === "win32" && ["EPERM", "EACCES", "EBUSY"].includes(codeOf(error) ?? "");
      if (!passes || delayMs > 2_000) throw error;
    }
    await systemClock.sleep(delayMs);
  }
}

async function setMode(path: string, mode: number): Promise<void> {
  if (process.platform === "win32") return;
  if (((await stat(path)).mode & 0o7777) !== mode) await chmod(path, mode);
}

/** Where a chain of symbolic links ends, there or not. */
async function followLinks(path: string): Promise<string> {
  let target = path;
  for (let links = 0; links < 40; links += 1) {
    const next = await ignoring(["EINVAL", "ENOENT", "UNKNOWN"], readlink(target));
    if (next === undefined) return target;
    target = resolve(await realpath(dirname(target)), next);
  }
  throw new Error("its symbolic links go in circles");
}

const read = (path: string) => ignoring(["ENOENT"], readFile(path));
const same = (a: Buffer | undefined, b: Buffer | undefined) => (a && b ? a.equals(b) : a === b);
