import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { AgentError, messageOf } from "../../model/errors.js";
import type { FileContent } from "./containerFiles.js";

/** Bytes that are in memory, as content. */
export function bytesContent(bytes: Uint8Array): FileContent {
  return {
    sizeBytes: bytes.byteLength,
    open: () => Readable.from([Buffer.from(bytes)], { objectMode: false }),
  };
}

/** What a path of this machine is. `NOT_FOUND`, `FORBIDDEN` and `UNSUPPORTED` name the field `from`. */
export async function localFacts(
  path: string,
): Promise<{ path: string; kind: "file" | "folder"; sizeBytes: number; mode: number }> {
  const full = resolve(path);
  const facts = await stat(full).catch((error: unknown) => {
    const denied = error instanceof Error && "code" in error && error.code === "EACCES";
    throw new AgentError(denied ? "FORBIDDEN" : "NOT_FOUND", `${full} cannot be read: ${messageOf(error)}.`, {
      field: "from",
      cause: error,
    });
  });
  if (!facts.isFile() && !facts.isDirectory()) {
    throw new AgentError("UNSUPPORTED", `${full} is neither a file nor a folder.`, { field: "from" });
  }
  const kind = facts.isFile() ? "file" : "folder";
  return { path: full, kind, sizeBytes: facts.size, mode: facts.mode & 0o777 };
}

/** A file of this machine, as large as it is now: what is added later is left out. */
export function localContent(path: string, sizeBytes: number, moved: (bytes: number) => void): FileContent {
  return {
    sizeBytes,
    open() {
      if (sizeBytes === 0) return Readable.from([]);
      const stream = createReadStream(path, { end: sizeBytes - 1, highWaterMark: 256 * 1024 });
      let bytes = 0;
      const counted = async function* () {
        for await (const chunk of stream) {
          if (!Buffer.isBuffer(chunk)) continue;
          moved((bytes += chunk.length));
          yield chunk;
        }
      };
      const readable = Readable.from(counted(), { objectMode: false });
      readable.once("close", () => stream.destroy());
      return readable;
    },
  };
}
