import { AgentError, isAgentError } from "../model/errors.js";
import type { AgentContext } from "./context.js";
import { recover } from "./recover.js";

/**
 * Makes a container whose name lets only one client work on an agent at a time. What a dead client left there is
 * cleared away first; `BUSY` where a live one works. `doing` ends the sentence: `a snapshot of web is being taken`.
 */
export async function claim<T>(context: AgentContext, doing: string, make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    if (!isAgentError(error, "NAME_CONFLICT")) throw error;
  }
  await recover(context);
  try {
    return await make();
  } catch (error) {
    throw isAgentError(error, "NAME_CONFLICT") ? busy(doing, error) : error;
  }
}

/** Another client is at it. */
export function busy(doing: string, cause?: unknown): AgentError {
  return new AgentError("BUSY", `Another window or program is at it: ${doing}.`, {
    remedy: "Try again when it is done.",
    cause,
  });
}
