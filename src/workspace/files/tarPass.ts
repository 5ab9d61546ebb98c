import { PassThrough, type Writable } from "node:stream";
import type { Extract } from "tar-stream";
import { tarEntries, tarHead, type TarHead } from "./tarHeads.js";

type Entry = Extract extends AsyncIterable<infer T> ? T : never;

/**
 * Reads the archive that `write` writes, once, as a stream. `onEntry` has to read an entry to its end or to let it go
 * (`resume`). Rejects with the reason of `write`, or with that of what cannot be understood.
 */
export async function tarPass(
  write: (sink: Writable) => Promise<void>,
  onEntry: (entry: Entry, head: TarHead) => Promise<void>,
): Promise<void> {
  const tar = new PassThrough();
  const reading = (async () => {
    for await (const entry of tarEntries(tar)) await onEntry(entry, tarHead(entry.header));
  })();
  // What writes it then fails too.
  reading.catch(() => tar.destroy());
  try {
    await write(tar);
    tar.end();
  } catch (error) {
    tar.destroy(error instanceof Error ? error : undefined);
    // Where the stream could not be understood, that is the reason.
    await reading;
    throw error;
  }
  await reading;
}
