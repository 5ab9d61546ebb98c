import type { Readable } from "node:stream";
import { abortReason } from "../util/abort.js";
import { timeoutError, transportError } from "./transportErrors.js";

/**
 * The bytes of an answer that comes as a stream, at the reader's pace. Throws the signal's reason, `ENGINE_TIMEOUT`
 * when nothing has come for `idleMs` milliseconds while the reader waited, and `ENGINE_UNREACHABLE` as soon as the
 * connection breaks. The stream is destroyed when the iteration ends, however it ends.
 */
export async function* incoming(
  stream: Readable,
  options: { engine: string; signal?: AbortSignal; idleMs?: number },
): AsyncGenerator<Buffer> {
  const { engine, signal, idleMs } = options;
  const iterator = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let timer: NodeJS.Timeout | undefined;
  try {
    for (;;) {
      if (idleMs !== undefined) {
        timer = setTimeout(() => stream.destroy(timeoutError(engine, idleMs)), idleMs);
      }
      const next = await iterator.next();
      clearTimeout(timer);
      if (next.done) return;
      yield next.value;
    }
  } catch (error) {
    if (signal?.aborted) throw abortReason(signal);
    throw transportError(engine, error);
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}
