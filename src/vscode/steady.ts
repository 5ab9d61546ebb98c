import type { Disposable } from "../util/dispose.js";

/** Work that many changes ask for, done once for those that come together. */
export interface Steady extends Disposable {
  /** Soon; never twice within the gap. */
  ask(): void;
}

/**
 * Runs `work` soon after it is asked for, and at most once in `gapMs` while it is asked for again and again: the last
 * word is always seen. No timer runs while nobody asks.
 */
export function createSteady(work: () => void, gapMs: number): Steady {
  let timer: NodeJS.Timeout | undefined;
  let last = -Infinity;
  return {
    ask() {
      if (timer) return;
      timer = setTimeout(
        () => {
          timer = undefined;
          last = performance.now();
          work();
        },
        Math.max(0, last + gapMs - performance.now()),
      );
    },
    dispose: () => clearTimeout(timer),
  };
}
