import { AgentError } from "../model/errors.js";
import { words, rules } from "./engineErrorRules.js";

/** What was asked of the engine: one status means different things to different questions. */
export type Operation =
  | "create"
  | "start"
  | "container"
  | "pause"
  | "rename"
  | "archive"
  | "exec"
  | "image"
  | "removeImage"
  | "network"
  | "volume"
  | "build"
  | "other";

/** An answer of the engine that is not a success. */
export interface EngineAnswer {
  status: number;
  /** The engine's own words; empty when it gave none. */
  message: string;
  operation: Operation;
  /** What the question was about: a name, a reference, an id. */
  subject: string;
  /** The endpoint. */
  engine: string;
}

/** The engine's refusal as our error. Pure: a table of what engines really say. */
export function answerError(answer: EngineAnswer): AgentError {
  const rule = rules.find(
    ({ operations, status, says }) =>
      (operations?.includes(answer.operation) ?? true) &&
      (status === undefined || status === answer.status) &&
      (says?.test(answer.message) ?? true),
  );
  if (rule) return new AgentError(rule.code, rule.message(answer), rule.details?.(answer));
  const said = words(answer) || "it gave no reason";
  return new AgentError(
    "ENGINE_FAILED",
    `The Docker engine at ${answer.engine} refused (${answer.status}): ${said}.`,
  );
}
