import type { VerbOptions } from "../app/core.js";
import { withStages } from "./run.js";

/** Nobody has to be told of what takes no longer. Milliseconds. */
const patienceMs = 400;
/** VS Code leaves the notification of a progress up for so long, also where its work has ended. Milliseconds. */
const shownMs = 800;

const delay = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/**
 * Does what a question needs to know first. Where that takes a while it is behind a notification that can cancel it,
 * which is gone before this settles: it would stand beside the question.
 */
export async function look<T>(title: string, work: (options: VerbOptions) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  let onProgress: VerbOptions["onProgress"];
  const looking = work({ signal: stop.signal, onProgress: (progress) => onProgress?.(progress) });
  const isDone = await Promise.race([looking.then(() => true), delay(patienceMs).then(() => false)]);
  if (isDone) return looking;
  const gone = delay(shownMs);
  const found = await withStages(title, (options) => {
    onProgress = options.onProgress;
    options.signal?.addEventListener("abort", () => stop.abort(options.signal?.reason), { once: true });
    return looking;
  });
  await gone;
  return found;
}
