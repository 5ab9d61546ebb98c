import { setTimeout as delay } from "node:timers/promises";
import { abortable, anySignal } from "../util/abort.js";

/** A command that was asked for and may not run yet. */
interface Start {
  /** Asks the engine whether it runs, or has ended. */
  hasBegun: (signal: AbortSignal) => Promise<boolean>;
  settled: Promise<void>;
}

/**
 * Keeps the start of a command and the freeze of its container apart. Engine 20.10 starts a command with a lock of the
 * container held, and answers before the command runs; where the container is frozen in between, the start never
 * ends, and the thaw waits for that lock for ever: only the container's cgroup, by hand, ends it.
 */
export interface FreezeGate {
  /**
   * Waits while this client freezes the container; from then on a freeze waits until the command runs. The function
   * that it gives says so, and is called in any case. Rejects with the signal's reason.
   */
  enter(id: string, hasBegun: Start["hasBegun"], signal?: AbortSignal): Promise<() => void>;
  /**
   * Runs `work`, which freezes the container and thaws it, once every command of this client that was asked for runs,
   * or `waitMs` are over: commands of other clients are not known, so that a wait without an end would win nothing.
   */
  freeze<T>(id: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

const pollMs = 5;

/** `waitMs`: how long a freeze waits for commands that do not begin. */
export function createFreezeGate(waitMs: number): FreezeGate {
  const starts = new Map<string, Set<Start>>();
  const freezes = new Map<string, Set<Promise<unknown>>>();
  const add = <T>(all: Map<string, Set<T>>, id: string, one: T): (() => void) => {
    const set = all.get(id) ?? new Set();
    all.set(id, set.add(one));
    return () => {
      set.delete(one);
      if (set.size === 0 && all.get(id) === set) all.delete(id);
    };
  };

  const begun = async (start: Start, signal: AbortSignal): Promise<void> => {
    const over = new AbortController();
    const until = anySignal(signal, over.signal);
    const asked = async () => {
      while (!(await start.hasBegun(until))) await delay(pollMs, undefined, { signal: until });
    };
    const asking = asked();
    // The engine is away, or the other one was quicker: the freeze itself will say what is wrong.
    asking.catch(() => undefined);
    try {
      await abortable(Promise.race([start.settled, asking.catch(() => start.settled)]), signal);
    } finally {
      over.abort();
    }
  };

  return {
    async enter(id, hasBegun, signal) {
      for (let all = freezes.get(id); all; all = freezes.get(id)) {
        await abortable(Promise.allSettled(all), signal);
      }
      let settle = () => undefined as void;
      const settled = new Promise<void>((resolve) => (settle = resolve));
      const forget = add(starts, id, { hasBegun, settled });
      return () => {
        forget();
        settle();
      };
    },

    async freeze(id, work, signal) {
      const late = AbortSignal.timeout(waitMs);
      const until = anySignal(signal, late);
      const frozen = (async () => {
        const pending = [...(starts.get(id) ?? [])];
        await Promise.all(pending.map((start) => begun(start, until))).catch((error: unknown) => {
          if (!late.aborted || signal?.aborted) throw error;
        });
        signal?.throwIfAborted();
        return work();
      })();
      const forget = add(freezes, id, frozen);
      return frozen.finally(forget);
    },
  };
}
