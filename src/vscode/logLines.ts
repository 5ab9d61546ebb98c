import { StringDecoder } from "node:string_decoder";
import { Writable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import type { ExecSinks } from "../agents/exec.js";

/** A line that never ends is shown in pieces of this many characters. */
const maxLine = 64 * 1024;

/**
 * Sinks that give whole lines of both streams, in the order in which they ended, without colours and cursor movements,
 * which an output channel would show as they are. `end` gives what was left without a line end.
 */
export function lineSinks(append: (line: string) => void): Required<ExecSinks> & { end: () => void } {
  const plain = (line: string) => stripVTControlCharacters(line).replace(/\r$/, "");
  const sink = () => {
    const decoder = new StringDecoder("utf8");
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
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        take(decoder.write(chunk));
        done();
      },
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
