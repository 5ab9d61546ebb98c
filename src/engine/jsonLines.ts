import { StringDecoder } from "node:string_decoder";

/** JSON values from a stream that holds one per line; values and characters may be split over chunks. */
export async function* jsonLines(source: AsyncIterable<Buffer>): AsyncGenerator<unknown> {
  const parse = createLineParser();
  for await (const bytes of source) yield* parse.push(bytes);
  yield* parse.end();
}

/** The same, pushed. What is not JSON is given as `undefined`, so that the reader decides about it. */
export function createLineParser(): { push(bytes: Buffer): unknown[]; end(): unknown[] } {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  const take = (text: string): unknown[] => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    return lines.filter((line) => line.trim()).map(parseLine);
  };
  return {
    push: (bytes) => take(decoder.write(bytes)),
    end: () => take(`${decoder.end()}\n`),
  };
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
