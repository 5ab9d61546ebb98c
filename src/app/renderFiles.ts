import type { Transferred } from "../agents/transfer.js";
import type { FileEntry } from "../model/fileEntry.js";
import { renderBytes } from "../model/size.js";
import { plainText } from "../util/plainText.js";

const letters = { file: "-", folder: "d", symlink: "l", other: "?" } as const;

/** `rwxr-x---` of permission bits. */
function permissions(mode: number): string {
  return [...Array(9).keys()].map((at) => (mode & (0o400 >> at) ? "rwx"[at % 3] : "-")).join("");
}

/** A folder as lines of mode, size, time and name; a symlink with where it leads. */
export function renderFiles(entries: readonly FileEntry[]): string {
  const width = Math.max(0, ...entries.map(({ sizeBytes }) => String(sizeBytes).length));
  return entries
    .map(({ name, kind, sizeBytes, mode, modifiedMs, linkTarget }) => {
      const time = new Date(modifiedMs).toISOString().slice(0, 19).replace("T", " ");
      const shown = `${name}${kind === "folder" ? "/" : ""}${linkTarget === undefined ? "" : ` → ${linkTarget}`}`;
      const size = String(sizeBytes).padStart(width);
      return `${letters[kind]}${permissions(mode)}  ${size}  ${time}  ${plainText(shown)}\n`;
    })
    .join("");
}

/** What was brought over, and what was not. */
export function renderTransferred({ path, bytes, files, skipped }: Transferred): string {
  const left = skipped.map((one) => `left out ${one.path}: ${one.reason}`);
  return [`${path}: ${renderBytes(bytes)}, ${files} ${files === 1 ? "file" : "files"}`, ...left]
    .map((line) => `${plainText(line)}\n`)
    .join("");
}
