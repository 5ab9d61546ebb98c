import type { Engine } from "../../ports/engine.js";

/** Milliseconds of a freeze in which next to nothing is read; measured, with overlay2. */
const baseMs = 70;
/** Bytes in a millisecond that an engine commits, until it is known of this one. */
const firstRate = 225_000;
/** Bytes in a millisecond that go through this process into the volume beside the commit. */
const archiveRate = 180_000;
/** Less says more about the base than about the rate. */
const tellingBytes = 20_000_000;

// By engine object, so that it goes when the engine goes.
const learned = new WeakMap<Engine, number>();

/**
 * How long an agent of this engine would stand still, in milliseconds, for what it has `written` over its image and what
 * it has `kept` in /mngr, in bytes: the two are read side by side.
 */
export function estimateFreeze(engine: Engine, { written, kept }: { written: number; kept: number }): number {
  const rate = learned.get(engine) ?? firstRate;
  return baseMs + Math.round(Math.max(written / rate, kept / archiveRate));
}

/** Tells how long a commit has taken, for the estimates after it. */
export function learnCommit(engine: Engine, bytes: number, ms: number): void {
  if (bytes >= tellingBytes && ms > baseMs) learned.set(engine, bytes / (ms - baseMs));
}
