import { abortable, abortReason } from "../util/abort.js";

interface Shared<T, P> {
  result: Promise<T>;
  controller: AbortController;
  listeners: Set<(progress: P) => void>;
}

/** Work that may be asked for by several callers at once. */
export type ShareWork<T, P> = (
  key: string,
  work: (signal: AbortSignal, emit: (progress: P) => void) => Promise<T>,
  caller: { onProgress: (progress: P) => void; signal?: AbortSignal },
) => Promise<T>;

/**
 * Runs the work of one key once for all who ask while it runs, and tells each its progress. A caller whose signal is
 * aborted leaves at once; when the last one leaves, the work's own signal is aborted, and that caller rejects when
 * the work has settled, so that nothing of it is left then.
 */
export function createSharedWork<T, P>(): ShareWork<T, P> {
  const running = new Map<string, Shared<T, P>>();

  function begin(key: string, work: Parameters<ShareWork<T, P>>[1]): Shared<T, P> {
    const controller = new AbortController();
    const listeners = new Set<(progress: P) => void>();
    const emit = (progress: P) => listeners.forEach((listener) => listener(progress));
    const result = work(controller.signal, emit);
    const shared = { result, controller, listeners };
    running.set(key, shared);
    const forget = () => running.get(key) === shared && running.delete(key);
    result.then(forget, forget);
    return shared;
  }

  return async (key, work, { onProgress, signal }) => {
    signal?.throwIfAborted();
    const shared = running.get(key) ?? begin(key, work);
    // A wrapper, so that two callers may give the same function.
    const listener = (progress: P) => onProgress(progress);
    shared.listeners.add(listener);
    try {
      return await abortable(shared.result, signal);
    } catch (error) {
      shared.listeners.delete(listener);
      if (signal?.aborted && shared.listeners.size === 0) {
        // Who comes now starts anew.
        if (running.get(key) === shared) running.delete(key);
        shared.controller.abort(abortReason(signal));
        // Its outcome is nobody's any more: only that it has ended counts.
        await shared.result.catch(() => undefined);
      }
      throw error;
    } finally {
      shared.listeners.delete(listener);
    }
  };
}
