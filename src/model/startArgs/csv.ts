import { takes } from "./invalid.js";

const rule = "comma-separated fields, with double quotes around a whole field that holds a comma";

/**
 * The first record of comma-separated text. A quote is doubled inside quotes, and may stand nowhere else.
 * Source: Go, encoding/csv, as the Docker CLI reads `--mount`, `--gpus` and the long form of `--network`.
 */
export function parseCsv(text: string): string[] {
  const line = text.replace(/\r\n/g, "\n").replace(/^\n+/, "").replace(/\r$/, "");
  if (line === "") return takes(rule);
  const fields: string[] = [];
  const field = /"((?:[^"]|"")*)"(?=[,\n]|$)|([^",\n]*)(?=[,\n]|$)/y;
  for (;;) {
    const match = field.exec(line);
    if (!match) return takes(rule);
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? "");
    if (line[field.lastIndex] !== ",") return fields;
    field.lastIndex += 1;
  }
}
