import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** Files up to this many bytes are held in memory as a whole. */
const smallBytes = 256 * 1024;

export type SourceFile = { content: Buffer } | { size: number; chunks: AsyncIterable<Buffer> };

/**
 * What a regular file holds at this moment, or undefined when it is something else by now. The size is fixed when it
 * is opened: of a file that grows later the rest is left out; one that shrinks is filled up with zeros, and
 * `onShrunk` is called. A large one is closed when its chunks are read, or the reading is given up.
 */
export async function readSource(path: string, onShrunk: () => void): Promise<SourceFile | undefined> {
  // A link or a pipe in the file's place is not followed and not waited for. Windows has neither flag.
  const {
    O_RDONLY,
    O_NOFOLLOW = 0,
    O_NONBLOCK = 0,
  } = constants as Partial<typeof constants> & typeof constants;
  const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  let keepOpen = false;
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) return undefined;
    if (stats.size <= smallBytes) return { content: await readUpTo(handle, Buffer.alloc(stats.size), 0) };
    keepOpen = true;
    return { size: stats.size, chunks: readExactly(handle, stats.size, onShrunk) };
  } finally {
    if (!keepOpen) await handle.close();
  }
}

async function* readExactly(handle: FileHandle, size: number, onShrunk: () => void): AsyncGenerator<Buffer> {
  try {
    let whole = true;
    for (let position = 0; position < size;) {
      // A new buffer each time: the last one may still be on its way out.
      const buffer = Buffer.alloc(Math.min(smallBytes, size - position));
      const { length } = await readUpTo(handle, buffer, position);
      if (length < buffer.length && whole) {
        whole = false;
        onShrunk();
      }
      yield buffer;
      position += buffer.length;
    }
  } finally {
    await handle.close();
  }
}

async function readUpTo(handle: FileHandle, buffer: Buffer, position: number): Promise<Buffer> {
  let filled = 0;
  while (filled < buffer.length) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}
