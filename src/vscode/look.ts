import type { VerbOptions } from "../app/core.js";
import { withStages } from "./run.js";

/** Nobody has to be told of what takes no longer. Milliseconds. */
const patienceMs = 400;
const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Does what a question needs to know first. Where that takes a while, it is behind a notification that can cancel it;
 * otherwise there is none, because VS Code would leave it beside the question for a while.
 */
export async function look<T>(title: string, work: (options: VerbOptions) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let onProgress: VerbOptions["onProgress"];
  const looking = work({ signal: stop.signal, onProgress: (progress) => onProgress?.(progress) });
  const isDone = await Promise.race([looking.then(() => true), delay(patienceMs).then(() => false)]);
  if (isDone) return looking;
  return withStages(title, (options) => {
    onProgress = options.onProgress;
    options.signal?.addEventListener("abort", () => stop.abort(options.signal?.reason), { once: true });
    return looking;
  });
}
