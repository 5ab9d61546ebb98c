import { StringDecoder } from "node:string_decoder";
import { Writable } from "node:stream";
import type { ExecSinks } from "../agents/exec.js";

/**
 * Sinks that write what comes to one stream, a JSON document a line: `{"stream": "stdout", "text": "…"}`. What has no
 * end cannot be one document.
 */
export function jsonLogSinks(target: Writable): Required<ExecSinks> {
  const sink = (stream: "stdout" | "stderr"): Writable => {
    const decoder = new StringDecoder("utf8");
    return new Writable({
      write(chunk: Buffer, _encoding, done) {
        const text = decoder.write(chunk);
        if (text) target.write(`${JSON.stringify({ stream, text })}\n`, done);
        else done();
      },
    });
  };
  return { stdout: sink("stdout"), stderr: sink("stderr") };
}
