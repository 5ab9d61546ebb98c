import { AgentError } from "../../model/errors.js";
import type { FileEntry, FileKind } from "../../model/fileEntry.js";

const letters: Readonly<Record<string, FileKind>> = { f: "file", d: "folder", l: "symlink" };
const kindOf = (letter: string): FileKind => letters[letter] ?? "other";
/** What a symlink leads to, by find's letter: `N` nothing, `L` a circle, `?` not to be told. */
const targetOf = (letter: string) => (/^[NL?]$/.test(letter) ? undefined : kindOf(letter));

/** A number that an agent gives, in milliseconds or bytes; 0 for one that no file has. */
const measure = (value: number) => (Math.abs(value) <= 8.64e15 ? Math.floor(value) : 0);

/** The output of `listScript` and `statScript`. Pure. `ENGINE_FAILED` for anything else. */
export function readListing(output: Buffer): FileEntry[] {
  const text = output.toString("utf8");
  if (text.startsWith("G\0")) return fromFind(text.slice(2).split("\0").slice(0, -1));
  if (text.startsWith("B\0")) return fromStat(text.slice(2));
  throw new AgentError("ENGINE_FAILED", "What the agent says of its files cannot be read.");
}

function fromFind(fields: readonly string[]): FileEntry[] {
  const entries: FileEntry[] = [];
  for (let at = 0; at + 7 <= fields.length; at += 7) {
    const [name = "", kind = "", target = "", size, mode, time, link = ""] = fields.slice(at, at + 7);
    entries.push({
      name,
      kind: kindOf(kind),
      sizeBytes: measure(Number(size)),
      mode: parseInt(mode ?? "0", 8) & 0o7777,
      modifiedMs: measure(Number(time) * 1000),
      ...(kind === "l" && { linkTarget: link, targetKind: targetOf(target) }),
    });
  }
  return entries;
}

/** S_IFMT and what we show of it. Source: inode(7). */
const formats: Readonly<Record<number, FileKind>> = {
  0o100000: "file",
  0o040000: "folder",
  0o120000: "symlink",
};

function fromStat(text: string): FileEntry[] {
  let at = 0;
  const next = () => {
    const end = text.indexOf("\0", at);
    const field = end < 0 ? "" : text.slice(at, end);
    at = end < 0 ? text.length : end + 1;
    return field;
  };
  const paths: string[] = [];
  for (let path = next(); path !== ""; path = next()) paths.push(path);
  const links = new Map<string, Pick<FileEntry, "linkTarget" | "targetKind">>();
  for (let path = next(); path !== ""; path = next()) {
    // The target, a line end, and a letter.
    const rest = next();
    links.set(path, { linkTarget: rest.slice(0, -2), targetKind: targetOf(rest.slice(-1)) });
  }
  const entries: FileEntry[] = [];
  for (const path of paths) {
    // A name may hold line ends; what vanished before stat came to it has no line.
    const match = /^([0-9a-f]+) (\d+) (-?\d+) /.exec(text.slice(at, at + 80));
    if (!match || !text.startsWith(`${path}\n`, at + match[0].length)) continue;
    at += match[0].length + path.length + 1;
    const raw = parseInt(match[1] ?? "", 16);
    entries.push({
      name: path.slice(path.lastIndexOf("/") + 1),
      kind: formats[raw & 0o170000] ?? "other",
      sizeBytes: measure(Number(match[2])),
      mode: raw & 0o7777,
      modifiedMs: measure(Number(match[3]) * 1000),
      ...links.get(path),
    });
  }
  return entries;
}
