import type { Writable } from "node:stream";
import type { ExecSinks } from "../agents/exec.js";
import { textSink } from "../util/sinks.js";

/**
 * Sinks that write what comes to one stream, a JSON document a line: `{"stream": "stdout", "text": "…"}`. What has no
 * end cannot be one document.
 */
export function jsonLogSinks(target: Writable): Required<ExecSinks> {
  const sink = (stream: "stdout" | "stderr") =>
    textSink((text, done) => void target.write(`${JSON.stringify({ stream, text })}\n`, done));
  return { stdout: sink("stdout"), stderr: sink("stderr") };
}
