import { Writable } from "node:stream";
import { AgentError } from "../../model/errors.js";

/** A stream that keeps what is written to it; beyond `limit` bytes it breaks with `UNSUPPORTED`. */
export function collectBytes(limit = 512 * 2 ** 20): { stream: Writable; bytes: () => Buffer } {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (size > limit) {
        const message = `It is larger than ${Math.round(limit / 2 ** 20)} MB.`;
        done(new AgentError("UNSUPPORTED", message, { remedy: "Copy the file and look at it here." }));
        return;
      }
      chunks.push(chunk);
      done();
    },
  });
  return { stream, bytes: () => Buffer.concat(chunks) };
}
