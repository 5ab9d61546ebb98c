import { AgentError, isAgentError } from "../model/errors.js";
import type { Clock } from "../util/clock.js";
import { findStateContainers, makeStateContainer, type StateStore } from "./stateContainer.js";

/**
 * Milliseconds. A holder gives up after `holdMs`, so one that is still there after `staleMs` of looking at it has
 * died. Counted by who waits, so that nobody's clock has to agree with anybody's.
 */
export const lockTimes = { holdMs: 8_000, staleMs: 12_000, giveUpMs: 60_000 };

/** A write that was cut off by another client which took this one for dead: to be done again from the start. */
export class LockLost extends Error {}

/**
 * Runs `work` while nobody else does, on any client of the engine. The lock is a container with a fixed name, because
 * the engine gives a name away once; `work` reads and writes the volume through that very container, so that a client
 * which slept through the breaking of its lock finds its write refused. Throws `LockLost` where that happened,
 * `ENGINE_TIMEOUT` where the lock was not free within a minute.
 */
export async function withStateLock<T>(
  store: StateStore,
  clock: Clock,
  work: (lockId: string, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const lockId = await take(store, clock);
  const late = new AgentError("ENGINE_TIMEOUT", `${store.engine.name} is too slow to write state to.`);
  const held = new AbortController();
  const timer = setTimeout(() => held.abort(late), lockTimes.holdMs);
  try {
    const result = await work(lockId, held.signal);
    await store.engine.inspectContainer(lockId);
    return result;
  } catch (error) {
    if (!isAgentError(error, "NOT_FOUND")) throw error;
    throw new LockLost("The lock of the state volume was broken by another client.", { cause: error });
  } finally {
    clearTimeout(timer);
    await store.engine.removeContainer(lockId);
  }
}

async function take(store: StateStore, clock: Clock): Promise<string> {
  const begun = clock.now();
  let seen: { id: string; since: number } | undefined;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await makeStateContainer(store, `${store.volume}-lock`, "state-lock");
    } catch (error) {
      if (!isAgentError(error, "NAME_CONFLICT")) throw error;
      const [holder] = await findStateContainers(store, "state-lock");
      const now = clock.now();
      if (holder && holder.id !== seen?.id) seen = { id: holder.id, since: now };
      else if (holder && seen && now - seen.since > lockTimes.staleMs) {
        await store.engine.removeContainer(holder.id);
        continue;
      }
      if (now - begun > lockTimes.giveUpMs)
        throw new AgentError("ENGINE_TIMEOUT", `The state volume on ${store.engine.name} stays locked.`, {
          remedy: `If no other client is at work, remove the container ${store.volume}-lock.`,
          cause: error,
        });
      // Apart by chance, so that many who wait do not come back together.
      await clock.sleep(10 + Math.random() * Math.min(200, 20 * (attempt + 1)));
    }
  }
}
