import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Disposable } from "../util/dispose.js";

/**
 * Calls `made` whenever the socket at `path` is made anew: an engine on this machine that starts again says so before
 * any clock could. Where its folder cannot be watched nothing is called; whoever waits has a clock besides.
 */
export function watchSocket(path: string, made: () => void): Disposable {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === basename(path)) made();
    });
    // The folder is gone, or the machine watches too many already.
    watcher.on("error", () => watcher.close());
    return { dispose: () => watcher.close() };
  } catch {
    // There is no such folder.
    return { dispose: () => undefined };
  }
}
