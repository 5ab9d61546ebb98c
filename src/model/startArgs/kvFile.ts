import { takes } from "./invalid.js";

// What Go calls a space; `trimStart` has another list.
const leading = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;
const longestLine = 65_535;

/**
 * The `KEY=value` lines of an env or label file: no quotes, no escapes, `#` begins a comment line only. A key without
 * a value takes that of `lookUp`, and is left out when there is none. A value is never part of an error.
 * Source: docker/cli, pkg/kvfile.
 */
export function parseKvFile(text: string, lookUp: (key: string) => string | undefined): string[] {
  const lines = text.replace(/^\ufeff/, "").split("\n");
  return lines.flatMap((raw, index) => {
    const where = `a file of KEY=value lines, but line ${index + 1}`;
    if (new TextEncoder().encode(raw).length > longestLine) return takes(`${where} is too long`);
    const line = raw.replace(/\r$/, "").replace(leading, "");
    if (line === "" || line.startsWith("#")) return [];
    const [, key = "", hasValue] = /^([^=]*)(=)?/s.exec(line) ?? [];
    if (key === "") return takes(`${where} has no name`);
    if (/[ \t]/.test(key)) return takes(`${where} has a space in its name`);
    if (hasValue) return [line];
    const value = lookUp(key);
    return value === undefined ? [] : [`${key}=${value}`];
  });
}
