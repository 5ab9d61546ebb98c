import { posix } from "node:path";
import type { Readable } from "node:stream";
import { extract, type Extract, type Header } from "tar-stream";
import type { FileEntry, FileKind } from "../../model/fileEntry.js";

/** What an archive says of one thing, with who owns it. */
export interface TarHead extends FileEntry {
  uid: number;
  gid: number;
  /** Its path in the archive, without a slash at its end. */
  path: string;
  /** True for a second name of a file that came before: it has no content of its own, and no size. */
  hardLink: boolean;
}

const kinds: Readonly<Record<string, FileKind>> = {
  file: "file",
  "contiguous-file": "file",
  link: "file",
  directory: "folder",
  symlink: "symlink",
};

/** The header of a tar entry as we describe files. Pure. */
export function tarHead(header: Header): TarHead {
  const path = header.name.replace(/\/+$/, "");
  const kind = kinds[header.type ?? "file"] ?? "other";
  return {
    path,
    name: posix.basename(path),
    kind,
    sizeBytes: header.size ?? 0,
    mode: (header.mode ?? 0) & 0o7777,
    modifiedMs: header.mtime?.getTime() ?? 0,
    uid: header.uid ?? 0,
    gid: header.gid ?? 0,
    hardLink: header.type === "link",
    ...(kind === "symlink" && { linkTarget: header.linkname ?? "" }),
  };
}

/** An archive as its entries, each with its content; it fails with the error of the engine's stream. */
export function tarEntries(tar: Readable): Extract {
  const unpacked = extract();
  tar.once("error", (error) => unpacked.destroy(error));
  // tar-stream's own streams are not Node's, and do not tell the source that nobody reads any more.
  unpacked.once("close", () => tar.destroy());
  return tar.pipe(unpacked);
}
