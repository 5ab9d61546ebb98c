import { stripVTControlCharacters } from "node:util";
import type { ExecSinks } from "../agents/exec.js";
import { textSink } from "../util/sinks.js";

/** A line that never ends is shown in pieces of this many characters. */
const maxLine = 64 * 1024;

/**
 * Sinks that give whole lines of both streams, in the order in which they ended, without colours and cursor movements,
 * which an output channel would show as they are. `end` gives what was left without a line end.
 */
export function lineSinks(append: (line: string) => void): Required<ExecSinks> & { end: () => void } {
  const plain = (line: string) => stripVTControlCharacters(line).replace(/\r$/, "");
  const sink = () => {
    let rest = "";
    const take = (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) append(plain(line));
      if (rest.length > maxLine) end();
    };
    const end = () => {
      if (rest) append(plain(rest));
      rest = "";
    };
    const stream = textSink((text, done) => {
      take(text);
      done();
    });
    return { stream, end };
  };
  const [stdout, stderr] = [sink(), sink()];
  return {
    stdout: stdout.stream,
    stderr: stderr.stream,
    end() {
      stdout.end();
      stderr.end();
    },
  };
}
