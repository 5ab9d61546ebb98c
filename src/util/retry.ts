import type { Clock } from "./clock.js";

/**
 * Calls `attempt` until it succeeds, waiting `delaysMs[i]` after failure i; the last failure is thrown when the
 * delays are used up, and any failure that `worthRetrying` denies at once.
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  options: {
    delaysMs: readonly number[];
    worthRetrying: (error: unknown) => boolean;
    clock: Clock;
    signal?: AbortSignal;
  },
): Promise<T> {
  for (const delayMs of options.delaysMs) {
    try {
      return await attempt();
    } catch (error) {
      if (!options.worthRetrying(error)) throw error;
    }
    await options.clock.sleep(delayMs, options.signal);
  }
  return attempt();
}
