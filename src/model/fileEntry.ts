/** What something in a folder is. `other` is a socket, a pipe or a device. */
export type FileKind = "file" | "folder" | "symlink" | "other";

/** Something in an agent's file system; plain JSON. A symlink is described as itself. */
export interface FileEntry {
  /** The last part of its path; bytes that are no UTF-8 come as U+FFFD, and cannot be asked for again. */
  name: string;
  kind: FileKind;
  sizeBytes: number;
  /** Permission bits. */
  mode: number;
  /** Milliseconds since 1970. */
  modifiedMs: number;
  /** Of a symlink, as it is written. */
  linkTarget?: string;
  /** What a symlink leads to; absent where that is nothing, or was not looked at. */
  targetKind?: FileKind;
}
