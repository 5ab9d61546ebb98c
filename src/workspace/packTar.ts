import { Readable } from "node:stream";
import { once } from "node:events";
import { pack } from "tar-stream";
import type { Header, Pack } from "tar-stream";
import { abortReason } from "../util/abort.js";

interface Named {
  /** Without a leading slash. */
  path: string;
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  /** Now when absent. Kept to the second, unless `mtimeNs` says more. */
  mtime?: Date;
  /** The same in nanoseconds since 1970, as a pax record: tools like make compare that finely. */
  mtimeNs?: bigint;
}

/** One entry of an archive. */
export type TarEntry =
  | (Named & { type: "directory" })
  | (Named & { type: "symlink"; linkTarget: string })
  /** A hard link to another entry, by its path in the archive. */
  | (Named & { type: "link"; linkTarget: string })
  | (Named & { type: "file"; content: Buffer })
  /** A file too large to hold: `chunks` give exactly `size` bytes. */
  | (Named & { type: "file"; size: number; chunks: AsyncIterable<Buffer> });

/**
 * The entries as one tar stream (ustar, with pax headers for long and non-ASCII names), read from `entries` only as
 * fast as the stream is read. It fails with the error of `entries`, or with the signal's reason.
 */
export function packTar(entries: AsyncIterable<TarEntry>, signal?: AbortSignal): Readable {
  const archive = pack();
  fill(archive, entries, signal).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  // tar-stream's own streams are not Node's.
  const readable = Readable.from(archive, { objectMode: false });
  const abort = () => archive.destroy(signal ? abortReason(signal) : null);
  signal?.addEventListener("abort", abort, { once: true });
  readable.once("close", () => {
    signal?.removeEventListener("abort", abort);
    archive.destroy(null);
  });
  return readable;
}

async function fill(archive: Pack, entries: AsyncIterable<TarEntry>, signal?: AbortSignal): Promise<void> {
  for await (const entry of entries) {
    signal?.throwIfAborted();
    if (entry.type === "file" && "chunks" in entry) await addLarge(archive, entry);
    else await addSmall(archive, entry);
  }
}

async function addSmall(archive: Pack, entry: Exclude<TarEntry, { chunks: unknown }>): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const done = (error?: Error | null) => (error ? reject(error) : resolve());
    const header = headerOf(entry);
    if (entry.type === "file") archive.entry(header, entry.content, done);
    else archive.entry(header, done);
  });
}

async function addLarge(archive: Pack, entry: Extract<TarEntry, { chunks: unknown }>): Promise<void> {
  let finished: (error?: Error | null) => void = () => undefined;
  const done = new Promise<void>((resolve, reject) => {
    finished = (error) => (error ? reject(error) : resolve());
  });
  // It is awaited below, or the error that comes before it is thrown instead.
  done.catch(() => undefined);
  const sink = archive.entry({ ...headerOf(entry), size: entry.size }, (error) => finished(error));
  sink.on("error", finished);
  for await (const chunk of entry.chunks) {
    // A stream that is destroyed never drains: `done` tells.
    if (!sink.write(chunk)) await Promise.race([once(sink, "drain"), done]);
  }
  sink.end(null);
  await done;
}

function headerOf(entry: TarEntry): Partial<Header> & Pick<Header, "name"> {
  const { path, mode, uid, gid, mtime = new Date(), mtimeNs = 0n, type } = entry;
  const fraction = mtimeNs > 0n ? mtimeNs % second : 0n;
  return {
    name: type === "directory" && !path.endsWith("/") ? `${path}/` : path,
    type,
    mode: mode & 0o7777,
    uid,
    gid,
    mtime: representable(mtime),
    ...((type === "symlink" || type === "link") && { linkname: entry.linkTarget }),
    ...(fraction > 0n && {
      pax: { mtime: `${mtimeNs / second}.${String(fraction).padStart(9, "0")}` },
    }),
  };
}

const second = 1_000_000_000n;

/** tar-stream keeps a time in 32 signed bits, and writes what is outside wrongly. */
function representable(time: Date): Date {
  return new Date(Math.min(Math.max(time.getTime(), 0), (2 ** 31 - 1) * 1000) || 0);
}
