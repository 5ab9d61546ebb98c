import type { Readable } from "node:stream";
import { messageOf } from "../model/errors.js";

/**
 * Bounds a stream that may rightly be silent for long by the life of its sender: after `silentMs` milliseconds without
 * a byte, and again after each such time, `alive` is asked; the stream is destroyed with the error that it rejects
 * with. Gives the stream back.
 */
export function whileAlive(
  stream: Readable,
  alive: (signal?: AbortSignal) => Promise<unknown>,
  { silentMs, signal }: { silentMs: number; signal?: AbortSignal },
): Readable {
  const ask = () => {
    alive(signal).then(
      () => timer.refresh(),
      (error: unknown) => stream.destroy(error instanceof Error ? error : new Error(messageOf(error))),
    );
  };
  const timer = setTimeout(ask, silentMs);
  // A stream that is paused is not silent: its reader is busy. What has been read came before that.
  const heard = () => timer.refresh();
  stream.on("readable", heard);
  stream.once("close", () => clearTimeout(timer));
  return stream;
}
