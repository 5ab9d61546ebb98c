/** Stable codes: other programs test them. A code is never renamed and never reused (SPEC section 12). */
export const errorCodes = [
  "ENGINE_NOT_FOUND",
  "ENGINE_UNREACHABLE",
  "ENGINE_PERMISSION",
  "ENGINE_TIMEOUT",
  "ENGINE_TLS",
  "ENGINE_FAILED",
  "HOST_KEY_CHANGED",
  "HOST_KEY_UNKNOWN",
  "IMAGE_NOT_FOUND",
  "REGISTRY_UNREACHABLE",
  "REGISTRY_AUTH",
  "BUILD_FAILED",
  "PREPARE_FAILED",
  "SPEC_INVALID",
  "START_ARG_INVALID",
  "START_FAILED",
  "NAME_CONFLICT",
  "PORT_CONFLICT",
  "NETWORK_CONFLICT",
  "MOUNT_INVALID",
  "SECRET_UNAVAILABLE",
  "WORKSPACE_INVALID",
  "WORKSPACE_UNTRUSTED",
  "NO_SPACE",
  "NO_GPU",
  "NOT_FOUND",
  "AMBIGUOUS",
  "BUSY",
  "NOT_RUNNING",
  "FORBIDDEN",
  "FILE_EXISTS",
  "IS_FOLDER",
  "NOT_FOLDER",
  "NOT_EMPTY",
  "SSH_UNREACHABLE",
  "SSH_AUTH",
  "SSH_CONFIG_UNWRITABLE",
  "NO_REMOTE_SSH",
  "SNAPSHOT_NOT_FOUND",
  "SNAPSHOT_LOSSY",
  "TAGS_IMMUTABLE",
  "WORK_AT_RISK",
  "WOULD_OVERWRITE",
  "CHANGES_CONFLICT",
  "EXEC_FAILED",
  "OUT_OF_MEMORY",
  "CANCELLED",
  "UNSUPPORTED",
  "INTERNAL",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** What else an error may carry. */
export interface ErrorDetails {
  /** What the user can do about it, as one sentence. */
  remedy?: string;
  /** The error below this one. */
  cause?: unknown;
  /** Lines of a log that show the reason, oldest first. */
  log?: string;
  /** The whole of that log where `log` is its end; not in the JSON of the error, which stays short. */
  wholeLog?: string;
  /** A value the user may take instead: a free name for `NAME_CONFLICT`, a free port for `PORT_CONFLICT`. */
  suggestion?: string;
  /** The field of the spec that is wrong, as a path: `workspace.source`. */
  field?: string;
  /** The files it is about, all of them. */
  files?: readonly string[];
}

/** The one error of this product: a stable code, a sentence for the user, and what to do about it. */
export class AgentError extends Error {
  readonly code: ErrorCode;
  readonly remedy?: string;
  readonly log?: string;
  readonly wholeLog?: string;
  readonly suggestion?: string;
  readonly field?: string;
  readonly files?: readonly string[];

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    // A literal, because the minifier renames classes.
    this.name = "AgentError";
    this.code = code;
    this.remedy = details.remedy;
    this.log = details.log;
    this.wholeLog = details.wholeLog;
    this.suggestion = details.suggestion;
    this.field = details.field;
    this.files = details.files;
  }

  /** What the command line prints and what other extensions read. The cause stays behind: it may hold a secret. */
  toJSON(): Record<string, string | readonly string[] | undefined> {
    const { code, message, remedy, log, suggestion, field, files } = this;
    return { code, message, remedy, field, suggestion, files, log };
  }
}

/** True for our own errors, from whichever bundle chunk, by their code and not by their class. */
export function isAgentError(error: unknown, code?: ErrorCode): error is AgentError {
  if (!(error instanceof Error) || error.name !== "AgentError" || !("code" in error)) return false;
  return code === undefined || error.code === code;
}

/** The text of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function cancelled(cause?: unknown): AgentError {
  return new AgentError("CANCELLED", "Cancelled.", { cause });
}

/**
 * Any thrown thing as our error: ours stays, an abort becomes `CANCELLED`, the rest is a defect of ours (`INTERNAL`).
 */
export function toAgentError(error: unknown): AgentError {
  if (isAgentError(error)) return error;
  if (error instanceof Error && error.name === "AbortError") return cancelled(error);
  return new AgentError("INTERNAL", `Something went wrong inside Agent Containers: ${messageOf(error)}`, {
    cause: error,
    remedy: "See the Agent Containers output channel, and please report it.",
  });
}
