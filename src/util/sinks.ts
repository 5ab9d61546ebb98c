import { StringDecoder } from "node:string_decoder";
import { Writable } from "node:stream";

/** A stream that keeps what is written to it. With a `limit` it breaks beyond so many bytes, with that error. */
export function collect(limit?: { bytes: number; error: () => Error }): {
  stream: Writable;
  bytes: () => Buffer;
  text: () => string;
} {
  const chunks: Buffer[] = [];
  let size = 0;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      if (limit && size > limit.bytes) return done(limit.error());
      chunks.push(chunk);
      done();
    },
  });
  const bytes = () => Buffer.concat(chunks);
  return { stream, bytes, text: () => bytes().toString("utf8") };
}

/** A stream that hands on what is written to it as text, whole characters only; the next comes after `done`. */
export function textSink(take: (text: string, done: (error?: Error | null) => void) => void): Writable {
  const decoder = new StringDecoder("utf8");
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      const text = decoder.write(chunk);
      if (text) take(text, done);
      else done();
    },
  });
}
