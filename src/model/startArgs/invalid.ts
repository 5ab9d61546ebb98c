import { AgentError } from "../errors.js";

/**
 * What a flag's parser throws: what the flag takes, without the value, which may be a secret. `parseStartArgs` turns
 * it into `START_ARG_INVALID`.
 */
export class BadValue extends Error {}

/** Ends a parser: the flag `takes` something else. */
export function takes(what: string): never {
  throw new BadValue(`takes ${what}`);
}

/** `START_ARG_INVALID`, for the field `startArgs`. */
export function startArgInvalid(message: string, remedy: string, cause?: unknown): AgentError {
  return new AgentError("START_ARG_INVALID", message, { field: "startArgs", remedy, cause });
}
