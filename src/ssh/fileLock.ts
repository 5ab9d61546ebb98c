import { randomUUID } from "node:crypto";
import { open, readFile, stat, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { AgentError } from "../model/errors.js";
import type { Clock } from "../util/clock.js";

/** The work under a lock takes milliseconds; a lock of this age belongs to a process that is stopped or gone. */
const staleMs = 10_000;
/** A dead holder's lock is not broken before this age: its process id may be of another container with our name. */
const deadHolderMs = 1_000;
const waitMs = 20_000;

export interface LockOptions {
  clock: Clock;
  signal?: AbortSignal;
  /** Makes the folder of the lock; called again when another process removed it meanwhile. */
  prepare: () => Promise<void>;
}

/**
 * Runs `work` while no other process (of this or another window) holds the lock file at `path`. `work` gets a guard
 * that throws when the lock was taken away from us, to be called before what cannot be undone. The lock of a dead or
 * hung holder is broken. `SSH_CONFIG_UNWRITABLE` when it is not to be had in 20 s; the signal's reason.
 */
export async function withFileLock<T>(
  path: string,
  options: LockOptions,
  work: (guard: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const token = JSON.stringify({ pid: process.pid, host: hostname(), token: randomUUID() });
  await acquire(path, token, options);
  const isOurs = async () => (await contentOf(path)) === token;
  try {
    return await work(async () => {
      if (!(await isOurs())) throw busy(path);
    });
  } finally {
    if (await isOurs()) await ignoring(["ENOENT"], unlink(path));
  }
}

async function acquire(path: string, token: string, options: LockOptions): Promise<void> {
  const giveUpAt = options.clock.now() + waitMs;
  for (let delayMs = 2; ; delayMs = Math.min(delayMs * 1.5, 25)) {
    options.signal?.throwIfAborted();
    await options.prepare();
    if (await created(path, token)) return;
    await breakStale(path);
    if (options.clock.now() > giveUpAt) throw busy(path);
    await options.clock.sleep(delayMs * (0.5 + Math.random()), options.signal);
  }
}

/** False when it exists, or when its folder was removed after `prepare`. */
async function created(path: string, content: string): Promise<boolean> {
  const file = await ignoring(["EEXIST", "ENOENT", ...deletePending], open(path, "wx", 0o600));
  if (!file) return false;
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
  return true;
}

/**
 * Only the one process that made the `.break` file may remove a stale lock, and it looks again after it made it:
 * otherwise two that saw the same stale lock would, one after the other, remove the stale one and its successor.
 */
async function breakStale(path: string): Promise<void> {
  const seen = await contentOf(path);
  if (seen === undefined || !(await isStale(path, seen))) return;
  const breaker = `${path}.break`;
  if (!(await created(breaker, ""))) {
    const age = await ageOf(breaker);
    // Its maker died in the few microseconds that it lives.
    if (age !== undefined && age > staleMs) await ignoring(["ENOENT"], unlink(breaker));
    return;
  }
  try {
    if ((await contentOf(path)) === seen) await ignoring(["ENOENT"], unlink(path));
  } finally {
    await ignoring(["ENOENT"], unlink(breaker));
  }
}

async function isStale(path: string, content: string): Promise<boolean> {
  const age = await ageOf(path);
  if (age === undefined) return false;
  return age > staleMs || (age > deadHolderMs && holderIsDead(content));
}

function holderIsDead(content: string): boolean {
  const [, pid, host] = /^\{"pid":(\d+),"host":"([^"]*)"/.exec(content) ?? [];
  if (pid === undefined || host !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

/** Milliseconds since the file was written; undefined when there is none. */
async function ageOf(path: string): Promise<number | undefined> {
  const facts = await ignoring(["ENOENT"], stat(path));
  return facts && Date.now() - facts.mtimeMs;
}

const contentOf = (path: string) => ignoring(["ENOENT", ...deletePending], readFile(path, "utf8"));

/** Windows answers so while a file that somebody removed is still open elsewhere. */
const deletePending = process.platform === "win32" ? ["EPERM", "EACCES", "EBUSY"] : [];

/** Undefined where the system fails with one of `codes`. */
export async function ignoring<T>(codes: readonly string[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}

/** The system's code of a failed call, as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function busy(path: string): AgentError {
  return new AgentError(
    "SSH_CONFIG_UNWRITABLE",
    "Another process is writing the SSH configuration and does not end.",
    {
      remedy: `Try again; if no other Agent Containers is running, delete ${path}.`,
    },
  );
}
