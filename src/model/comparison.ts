import type { FileKind } from "./fileEntry.js";
import type { Excluded, Snapshot } from "./snapshot.js";

/** What became of a file between the two sides. `type`: it became a link, say. `mode`: nothing else differs. */
export type ComparedStatus = "added" | "modified" | "deleted" | "type" | "mode";

/** A file on one side of a comparison. Folders are compared by what is in them. */
export interface ComparedSide {
  kind: Exclude<FileKind, "folder">;
  /** Permission bits. */
  mode: number;
  sizeBytes: number;
  /** Of a file: hexadecimal. */
  sha256?: string;
  /** Of a file: it holds a zero byte near its start, as git tells. */
  binary?: boolean;
  /** Of a symlink, as it is written. */
  linkTarget?: string;
}

/** One file that differs. */
export interface ComparedFile {
  /** Absolute, as the agent sees it. */
  path: string;
  status: ComparedStatus;
  /** In the snapshot. */
  before?: ComparedSide;
  /** In what it is compared with. */
  after?: ComparedSide;
}

/** Which files differ between a snapshot and its agent, or another snapshot of it: plain JSON. */
export interface SnapshotComparison {
  agentId: string;
  /** The agent's name now, or when the snapshot was taken. */
  agentName: string;
  snapshot: Pick<Snapshot, "id" | "name" | "createdAt">;
  /** Absent where the other side is the agent as it is now. */
  with?: Pick<Snapshot, "id" | "name" | "createdAt">;
  /** What was compared. */
  folders: readonly string[];
  /** Mounts in these folders, which snapshots do not hold: left out on both sides. */
  skipped: readonly Excluded[];
  /** How many files there are on either side. */
  compared: number;
  /** By path. */
  files: readonly ComparedFile[];
}
