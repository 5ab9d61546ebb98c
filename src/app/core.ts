import type { Writable } from "node:stream";
import type { Transferred } from "../agents/transfer.js";
import type { Agent } from "../model/agent.js";
import type { SnapshotComparison } from "../model/comparison.js";
import type { Changes, Overlap, Pulled, Pushed, WorkAtRisk } from "../model/changes.js";
import type { FileEntry } from "../model/fileEntry.js";
import type { AgentSpecInput } from "../model/spec.js";
import type { EngineHealth } from "../model/health.js";
import type { Snapshot } from "../model/snapshot.js";
import type { ComparedContent } from "../agents/snapshot/readCompared.js";
import type { SnapshotPreview } from "../agents/snapshot/take.js";
import type { AgentStats } from "../model/stats.js";
import type { ExecResult, ExecSinks } from "../agents/exec.js";
import type { LogsResult } from "../agents/logs.js";
import type { OpenTarget } from "../agents/open.js";
import type { PruneResult } from "../agents/prune.js";
import type { AgentRow } from "../store/rows.js";
import type { EngineState, Failure } from "../store/state.js";
import type { RecoveryNote } from "./session.js";
import type { Disposable } from "../util/dispose.js";
import type { Event } from "../util/event.js";
import type { FileContent } from "../workspace/files/containerFiles.js";

/** What every verb takes beside its own options. */
export interface VerbOptions {
  /** The engine that is meant, by its endpoint or as a setting names it. Default: the main one to make agents on, all of them to find agents on. */
  engine?: string;
  /** Stops the verb; it then undoes what it has done and rejects with `CANCELLED`. */
  signal?: AbortSignal;
  /** Called as the work goes on, with a sentence for people. */
  onProgress?: (progress: Progress) => void;
}

/** One step of a verb, for a progress bar and a log. */
export interface Progress {
  /** A stage to show: `Starting`. */
  stage: string;
  /** More about it: `layer 3 of 5, 12 MB of 40 MB`. */
  detail?: string;
}

/** What `readFile` gives. */
export interface ReadFile {
  path: string;
  content: string;
  encoding: "utf8" | "base64";
}

/** A live picture of the engines and their agents, kept by their event streams while somebody watches. */
export interface Picture {
  readonly agents: readonly AgentRow[];
  /** Containers of mngr and of openlattice, while somebody wants to see them: absent otherwise. */
  readonly foreign?: readonly AgentRow[];
  readonly engines: readonly EngineState[];
  /** By the name of an engine: which of `moreEngines` mean it, as they were given. */
  readonly settings: ReadonlyMap<string, readonly string[]>;
}

/**
 * The product without a face: every verb of every door. A target is an agent id, a prefix of one, or a name.
 * All reject with `AgentError`.
 */
export interface Core extends Disposable {
  create(spec: AgentSpecInput, options?: VerbOptions): Promise<Agent>;
  /**
   * Every agent of every engine that answers, found by label in one request each, without a side effect. `foreign`
   * adds the containers of mngr and of openlattice, at the price of requests of their own.
   */
  list(options?: VerbOptions & { foreign?: boolean }): Promise<Agent[]>;
  /** With `resources`, also what it uses now, which takes up to two seconds where nobody watches it. */
  get(target: string, options?: VerbOptions & { resources?: boolean }): Promise<Agent>;
  /** Ends when an SSH login has succeeded. Already running is success. */
  start(target: string, options?: VerbOptions): Promise<Agent>;
  /** TERM, then after `graceSeconds` (default 10) KILL. Already stopped is success. */
  stop(target: string, stop?: { graceSeconds?: number }, options?: VerbOptions): Promise<Agent>;
  restart(target: string, stop?: { graceSeconds?: number }, options?: VerbOptions): Promise<Agent>;
  /** Freezes every process. Already paused is success. */
  pause(target: string, options?: VerbOptions): Promise<Agent>;
  /** Already running is success. */
  resume(target: string, options?: VerbOptions): Promise<Agent>;
  /** Takes `{name}`. Id, SSH alias and keys stay as they are. */
  rename(target: string, request: unknown, options?: VerbOptions): Promise<Agent>;
  /**
   * Removes the container, its volume, its keys and its ssh config; its snapshots are kept. Already gone is success.
   * `WORK_AT_RISK` where work would be lost, or where that cannot be told, unless `force` is true: then nothing is
   * looked at.
   */
  destroy(
    target: string,
    destroy?: { force?: boolean; snapshots?: "keep" | "delete" },
    options?: VerbOptions,
  ): Promise<{ id: string; name: string }>;
  /** Takes `{name?, note?, pause?}` (SPEC S1); `SNAPSHOT_LOSSY`. */
  snapshot(target: string, request?: unknown, options?: VerbOptions): Promise<Snapshot>;
  /** What a snapshot would not hold, how much it would read, and how long the agent would stand still. */
  previewSnapshot(target: string, options?: VerbOptions): Promise<SnapshotPreview>;
  /** Newest first, of all engines that answer; takes `{agentId?}`. */
  listSnapshots(request?: unknown, options?: VerbOptions): Promise<Snapshot[]>;
  /** Takes `{snapshot}`. Agents that were made from it go on. */
  deleteSnapshot(request: unknown, options?: VerbOptions): Promise<{ id: string; name: string }>;
  /**
   * Which files differ between a snapshot and its agent as it is now, or another snapshot of it. Takes `{snapshot,
   * with?}`. Changes nothing.
   */
  compareSnapshot(request: unknown, options?: VerbOptions): Promise<SnapshotComparison>;
  /**
   * Files of a snapshot, or of an agent as it is now, in the order of the paths; each up to 20 MB. Takes `{snapshot,
   * paths}` or `{agent, paths}`. One that cannot be read has its `problem` in its place.
   */
  readCompared(request: unknown, options?: VerbOptions): Promise<ComparedContent[]>;
  /** Takes `{snapshot, force?, snapshotFirst?}`: puts the agent back, in place (SPEC S3). */
  restore(target: string, request: unknown, options?: VerbOptions): Promise<Agent>;
  /**
   * Takes `{snapshot?, names?, count?, secrets?, envFile?}`; with a snapshot the target may be empty, or an agent that is
   * gone. A fork says in `missingSecrets` which of its source's secrets this machine does not have.
   */
  fork(target: string, request?: unknown, options?: VerbOptions): Promise<Agent[]>;
  /** The same as `fork` takes: which secrets its forks would lack, by name. */
  previewFork(
    target: string,
    request?: unknown,
    options?: VerbOptions,
  ): Promise<{ missingSecrets: readonly string[] }>;
  /** `TAGS_IMMUTABLE`, unless they are so already: Docker fixes labels at create. */
  setTags(target: string, request: unknown, options?: VerbOptions): Promise<Agent>;
  /** Runs a command as the agent's user in its workspace; with `stdout` and `stderr` what it writes goes there. */
  exec(target: string, request: unknown, options?: VerbOptions & ExecSinks): Promise<ExecResult>;
  /**
   * What the container wrote; the last 200 lines where nothing else is said. With `stdout` and `stderr` it goes there
   * as it comes, and with `follow` until the agent stops or the signal is aborted.
   */
  logs(target: string, request?: unknown, options?: VerbOptions & ExecSinks): Promise<LogsResult>;
  /**
   * What a running agent uses, after one to two seconds. With `{follow: true}` `onSample` is told once a second, until
   * the agent stops or the signal is aborted. `NOT_RUNNING`.
   */
  stats(
    target: string,
    request?: unknown,
    options?: VerbOptions & { onSample?: (stats: AgentStats) => void },
  ): Promise<AgentStats>;
  /** What the agent changed against its start: commits, uncommitted and untracked. Takes `{source?}`. */
  diff(target: string, request?: unknown, options?: VerbOptions): Promise<Changes>;
  /** One side of a changed file. Takes `{id}`, from `diff`. */
  readBlob(target: string, request: unknown, options?: VerbOptions): Promise<Buffer>;
  /** Brings the agent's work here. Takes `{mode?: "fetch" | "apply" | "files", paths?, source?, merge?, overwrite?}`. */
  pull(target: string, request?: unknown, options?: VerbOptions): Promise<Pulled>;
  /** Brings what changed here into the agent. Takes `{source?, merge?}`. */
  push(target: string, request?: unknown, options?: VerbOptions): Promise<Pushed>;
  /** The files that more than one of the agents changed. Takes `{targets}`. */
  overlaps(request: unknown, options?: VerbOptions): Promise<Overlap[]>;
  /** What a destroy would lose, without doing anything. */
  workAtRisk(target: string, options?: VerbOptions): Promise<WorkAtRisk>;
  /**
   * The files of an agent, whatever its state: where it runs by commands inside, as its user or as `{user}`; where it
   * does not, by the engine, as root. Folders come first. `FORBIDDEN`, `NOT_FOUND`, `NOT_FOLDER`.
   */
  listFiles(target: string, request: unknown, options?: VerbOptions): Promise<FileEntry[]>;
  /** Takes `{path, follow}`; a symlink is described as itself, unless it is followed. */
  statFile(target: string, request: unknown, options?: VerbOptions): Promise<FileEntry>;
  /** Takes `{path, encoding}`. With `into` the bytes go there, at its pace and of any number, and `content` is empty. */
  readFile(target: string, request: unknown, options?: VerbOptions & { into?: Writable }): Promise<ReadFile>;
  /** Takes `{path, content, encoding}`, or the bytes as `from`. What is there is replaced as a whole or not at all. */
  writeFile(
    target: string,
    request: unknown,
    options?: VerbOptions & { from?: FileContent },
  ): Promise<{ path: string; sizeBytes: number }>;
  /** Takes `{path, recursive}`; `NOT_EMPTY` for a folder with something in it, without `recursive`. */
  removeFile(target: string, request: unknown, options?: VerbOptions): Promise<{ path: string }>;
  /** Takes `{path, parents}`. */
  makeDirectory(target: string, request: unknown, options?: VerbOptions): Promise<{ path: string }>;
  /** Takes `{path, to, overwrite}`, both inside. */
  moveFile(target: string, request: unknown, options?: VerbOptions): Promise<{ path: string }>;
  copyFile(target: string, request: unknown, options?: VerbOptions): Promise<{ path: string }>;
  /** Takes `{from, to, overwrite}`: a file or folder of this machine, and what it becomes in the agent. */
  upload(target: string, request: unknown, options?: VerbOptions): Promise<Transferred>;
  /** Takes `{from, to, overwrite}`: a file or folder of the agent, and what it becomes here. */
  download(target: string, request: unknown, options?: VerbOptions): Promise<Transferred>;
  /** Lists what is left over and why it is safe to remove; takes `{remove: "all" | ["kind:id", …]}`. */
  prune(request?: unknown, options?: VerbOptions): Promise<PruneResult>;
  /** Of every engine, or of the one that is meant. */
  health(options?: VerbOptions): Promise<EngineHealth[]>;
  /**
   * Looks once at an engine that need not be among ours, by a connection of its own that is then closed. What
   * cannot be reached is in `problem`; rejects with `CANCELLED` alone.
   */
  tryEngine(setting: string, options?: VerbOptions): Promise<EngineHealth>;
  /**
   * Makes an agent ready for an editor: starts it, checks the login and what an editor's server needs there
   * (SPEC H6). `check: false` only computes where it is.
   */
  open(
    target: string,
    open?: { folder?: string; check?: boolean },
    options?: VerbOptions,
  ): Promise<OpenTarget>;
  /** Takes every trace of ours out of `~/.ssh`; agents keep running, and their keys are gone. */
  removeSshIntegration(): Promise<void>;

  /**
   * How a folder of this machine gets into an agent when nothing is said: a git folder is cloned (then `subfolder` is where
   * it lies in its repository), another one is copied, also one that cannot be read.
   */
  suggestWorkspace(path: string): Promise<{ mode: "clone" | "copy"; subfolder: string }>;

  readonly picture: Picture;
  readonly onDidChange: Event<Picture>;
  /**
   * Tells what was found of verbs that had been cut off, by a crash of a program or of an engine: looked for at the
   * first question to an engine and whenever a watched one is there again.
   */
  readonly onDidRecover: Event<RecoveryNote>;
  /** Connects to the engines and keeps `picture` true until the handle is disposed. */
  watch(): Disposable;
  /** Keeps `picture.foreign` true as well, while the picture is watched, until the handle is disposed. */
  watchForeign(): Disposable;
  /**
   * Measures an agent once a second while it runs, until the handle is disposed; `undefined` when it does not run any
   * more. Works while the picture is watched; all who look at one agent share one stream. Where two containers carry
   * one agent id, each is meant by its container's.
   */
  watchStats(target: string, onStats: (stats: AgentStats | undefined) => void): Disposable;
  /** Reconnects at once where the connection is down, and lists anew; of one engine or of all. */
  refresh(engine?: string): void;
  /** Settles when what nobody waits for is written: why agents stopped. For a program that is about to end. */
  settled(): Promise<void>;
  /** Takes a failed create off the list. */
  dismiss(agentId: string): Failure | undefined;
}
