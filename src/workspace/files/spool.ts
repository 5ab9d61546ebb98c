import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { FileContent } from "./containerFiles.js";

/**
 * Keeps a stream of any length in a temporary file of the user's alone while `work` uses it: what is sent has to say
 * its size before its content.
 */
export async function withSpool<T>(
  source: Readable,
  signal: AbortSignal | undefined,
  work: (content: FileContent) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "agent-containers-"));
  try {
    const file = join(folder, "spool");
    await pipeline(source, createWriteStream(file, { mode: 0o600 }), { signal });
    const { size } = await stat(file);
    return await work({ sizeBytes: size, open: () => createReadStream(file) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
