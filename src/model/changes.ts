/** What became of one file. `type`: a file became a link, or the other way round. */
export type ChangeStatus = "added" | "modified" | "deleted" | "renamed" | "type";

/** One file that differs from where the agent started, and how to read both of its sides. */
export interface ChangedFile {
  /** Relative to the workspace, with `/`. */
  path: string;
  status: ChangeStatus;
  /** Of a renamed file. */
  oldPath?: string;
  /** Lines; 0 for a binary file. */
  additions: number;
  deletions: number;
  binary: boolean;
  /** Git's blobs and modes (`100755`) of both sides; absent where there is none. */
  oldId?: string;
  oldMode?: string;
  newId?: string;
  newMode?: string;
}

/** A commit of the agent. */
export interface ChangedCommit {
  id: string;
  author: string;
  /** ISO time. */
  at: string;
  subject: string;
}

/** Everything an agent changed against its start: commits, uncommitted and untracked; ignored files are left out. */
export interface Changes {
  agentId: string;
  name: string;
  /** The commit the agent started from; empty where there was none. */
  base: string;
  /** Empty where HEAD is detached. */
  branch: string;
  /** Commits since the base. */
  ahead: number;
  files: readonly ChangedFile[];
  /** How many files differ from the agent's last commit. */
  uncommitted: number;
  /** Newest first, at most 1000. */
  commits: readonly ChangedCommit[];
}

/** What a destroy would lose. */
export interface WorkAtRisk {
  /** Files that are in no commit and not here. */
  uncommitted: readonly string[];
  /** Commits, newest first, that neither a branch here nor `refs/agents` nor a remote has. */
  unfetched: readonly string[];
  /** Stash entries that are not here. */
  stashes: number;
  /** Why nothing is known, where it could not be checked. */
  unchecked?: string;
}

/** A file that more than one agent changed. */
export interface Overlap {
  path: string;
  /** `newId` is absent where the agent has no such file any more. */
  agents: readonly { id: string; name: string; status: ChangeStatus; newId?: string }[];
  /** True where all of them made the same of it. */
  same: boolean;
}

/** What `pull` brought. */
export interface Pulled {
  /** The refs that were written here, with what they point at. */
  refs: Readonly<Record<string, string>>;
  /** Files that were written into the work tree. */
  files: readonly string[];
  /** Files that were so already. */
  same: readonly string[];
  /** Those of `files` that git left with conflict markers. */
  conflicts: readonly string[];
  /** Submodules: never touched. */
  skipped: readonly string[];
  /** The top of the repository here. */
  repository: string;
}

/** What `push` brought; `refs` are those in the agent, and so are the files. */
export type Pushed = Omit<Pulled, "repository"> & { fastForward: boolean };

/** True where there is something to lose, or where that is not known. */
export function isAtRisk({ uncommitted, unfetched, stashes, unchecked }: WorkAtRisk): boolean {
  return uncommitted.length + unfetched.length + stashes > 0 || unchecked !== undefined;
}

/** Nothing that a destroy would lose. */
export const nothingAtRisk: WorkAtRisk = { uncommitted: [], unfetched: [], stashes: 0 };
