import type { Agent } from "../model/agent.js";
import type { AgentSpecInput } from "../model/spec.js";
import type { EngineHealth } from "../model/health.js";
import type { ExecResult, ExecSinks } from "../agents/exec.js";
import type { OpenTarget } from "../agents/open.js";
import type { PruneResult } from "../agents/prune.js";
import type { AgentRow } from "../store/rows.js";
import type { EngineState, Failure } from "../store/state.js";
import type { Disposable } from "../util/dispose.js";
import type { Event } from "../util/event.js";

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

/** A live picture of the engines and their agents, kept by their event streams while somebody watches. */
export interface Picture {
  readonly agents: readonly AgentRow[];
  readonly engines: readonly EngineState[];
}

/**
 * The product without a face: every verb of every door. A target is an agent id, a prefix of one, or a name.
 * All reject with `AgentError`.
 */
export interface Core extends Disposable {
  create(spec: AgentSpecInput, options?: VerbOptions): Promise<Agent>;
  /** Every agent of every engine that answers, found by label, without a side effect. */
  list(options?: VerbOptions): Promise<Agent[]>;
  get(target: string, options?: VerbOptions): Promise<Agent>;
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
  /** Removes the container, its volume, its keys and its ssh config. Already gone is success. */
  destroy(
    target: string,
    destroy?: { force?: boolean },
    options?: VerbOptions,
  ): Promise<{ id: string; name: string }>;
  /** `TAGS_IMMUTABLE`, unless they are so already: Docker fixes labels at create. */
  setTags(target: string, request: unknown, options?: VerbOptions): Promise<Agent>;
  /** Runs a command as the agent's user in its workspace; with `stdout` and `stderr` what it writes goes there. */
  exec(target: string, request: unknown, options?: VerbOptions & ExecSinks): Promise<ExecResult>;
  /** The last lines the container wrote, both streams together. */
  logs(target: string, request?: unknown, options?: VerbOptions): Promise<string>;
  /** Lists what is left over and why it is safe to remove; takes `{remove: "all" | ["kind:id", …]}`. */
  prune(request?: unknown, options?: VerbOptions): Promise<PruneResult>;
  health(options?: VerbOptions): Promise<EngineHealth[]>;
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

  readonly picture: Picture;
  readonly onDidChange: Event<Picture>;
  /** Connects to the engines and keeps `picture` true until the handle is disposed. */
  watch(): Disposable;
  /** Reconnects at once where the connection is down, and lists anew. */
  refresh(): void;
  /** Takes a failed create off the list. */
  dismiss(agentId: string): Failure | undefined;
}
