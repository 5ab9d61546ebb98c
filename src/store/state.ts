import type { Ending } from "../model/exit.js";
import type { ErrorCode } from "../model/errors.js";
import type { EngineHealth, EngineProblem } from "../model/health.js";
import type { MngrRecord } from "../model/mngrRecord.js";
import type { ContainerFacts } from "../ports/engine.js";

/** The connection that keeps one engine's part of the state true. */
export type EngineLink =
  /** Nobody looks, so nothing is connected. */
  | { kind: "idle" }
  | { kind: "connecting" }
  | { kind: "live" }
  /** Given up for now; tried again at `retryAt` (milliseconds since 1970), or at once on refresh. */
  | { kind: "down"; problem: EngineProblem; retryAt: number };

/** Whether an SSH login to a running agent has succeeded since it was last started. */
export type LoginState = { kind: "unknown" } | { kind: "ok" } | { kind: "failed"; problem: EngineProblem };

/** One container that carries an agent id, and what this machine knows of it. */
export interface Entry {
  facts: ContainerFacts;
  /** True where this machine holds the private key. */
  hasKey: boolean;
  login: LoginState;
  /** How it came, or is coming, to its end since the last start. */
  ending: Ending;
}

export type OperationVerb =
  | "create"
  | "start"
  | "stop"
  | "restart"
  | "pause"
  | "resume"
  | "rename"
  | "destroy"
  | "snapshot"
  | "deleteSnapshot"
  | "restore"
  | "fork"
  | "pull"
  | "push";

/** A verb under way in this process. */
export interface Operation {
  agentId: string;
  name: string;
  engine: string;
  verb: OperationVerb;
  /** What is being done now, for people. */
  stage: string;
}

/** A create that failed, listed until it is dismissed. */
export interface Failure {
  agentId: string;
  name: string;
  engine: string;
  at: string;
  error: { code: ErrorCode; message: string; remedy?: string; log?: string };
}

export interface EngineState {
  name: string;
  link: EngineLink;
  health: EngineHealth | null;
  /** By container id. */
  entries: ReadonlyMap<string, Entry>;
  /** Other programs' containers, by container id; absent while nobody asked for them, or before they are listed. */
  foreign?: ReadonlyMap<string, Entry>;
  /** What mngr wrote down of its hosts, by host id, as it was when they were last listed. */
  mngrRecords?: ReadonlyMap<string, MngrRecord>;
  /** How many images were made of its agents since it was first watched: whoever shows images looks again. */
  commits?: number;
}

/** All that is known now. Replaced as a whole, never edited: a new identity is a change. */
export interface State {
  engines: ReadonlyMap<string, EngineState>;
  /** By agent id. */
  operations: ReadonlyMap<string, Operation>;
  /** By agent id. */
  failures: ReadonlyMap<string, Failure>;
}

export const emptyState: State = { engines: new Map(), operations: new Map(), failures: new Map() };
