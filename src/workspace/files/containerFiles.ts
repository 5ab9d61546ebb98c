import type { Readable, Writable } from "node:stream";
import type { FileEntry } from "../../model/fileEntry.js";

/** What is written: exactly `sizeBytes` bytes, opened once by whoever writes them. */
export interface FileContent {
  sizeBytes: number;
  open: () => Readable;
}

/** Takes the content of one file, of that many bytes. */
export type EachFile = (path: string, content: Readable, sizeBytes: number) => Promise<void>;

export interface WriteRequest {
  /** Permission bits of a new file; 0644 when absent. One that is there keeps its own, and its owner. */
  mode?: number;
  parents: boolean;
  overwrite: boolean;
}

/**
 * The file system of one container, by absolute paths without `.`, `..` and a slash at the end. Errors of all:
 * `NOT_FOUND`, `FORBIDDEN`, `IS_FOLDER`, `NOT_FOLDER`, `FILE_EXISTS`, `NOT_EMPTY`, `NO_SPACE`, `SPEC_INVALID` for a
 * name that is too long, `UNSUPPORTED` for what is neither file nor folder.
 */
export interface ContainerFiles {
  /** What is in a folder (a symlink to one is followed), in no order. */
  list(path: string): Promise<FileEntry[]>;
  /** One thing; with `follow` what a symlink leads to. */
  stat(path: string, follow?: boolean): Promise<FileEntry>;
  /** Writes the content to `sink` at its pace, and leaves it open. Symlinks are followed. */
  read(path: string, sink: Writable): Promise<void>;
  /**
   * Reads several files in one go, in any order, as far as that is quicker; `each` has to read its content to the end.
   * What it passes over has to be read one by one: what is not there, a symlink, a second name, a few.
   */
  readFiles(paths: readonly string[], each: EachFile): Promise<void>;
  /** Replaces the file as a whole or not at all; writes through a symlink. */
  write(path: string, content: FileContent, request: WriteRequest): Promise<void>;
  remove(path: string, recursive: boolean): Promise<void>;
  makeDirectory(path: string, parents: boolean): Promise<void>;
  /** A symlink is moved as such. A folder in the place of `to` is replaced only when it is empty. */
  move(path: string, to: string, overwrite: boolean): Promise<void>;
  /** With everything below it, modes and times. */
  copy(path: string, to: string, overwrite: boolean): Promise<void>;
  /** The folder as a tar stream into `sink`, which is left open; its first entry is the folder itself. */
  readTree(path: string, sink: Writable): Promise<void>;
  /**
   * Unpacks a tar stream, whose names are relative to `path`, in the folder `path`, which is made. Rejects where the
   * stream breaks. `owner` gives the stream those who own what it writes.
   */
  writeTree(path: string, tar: (owner: { uid: number; gid: number }) => Readable): Promise<void>;
}
