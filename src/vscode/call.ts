import { isAgentNode, isEndpointNode, isNode, type AgentNode, type EndpointNode } from "./nodes.js";

/**
 * How a command was called. A *user* calls with nothing (palette, key, button) or with rows of the tree; then what is
 * missing is asked, failures are shown once, and the command itself succeeds. A *program* names its target or gives
 * options; then nothing is shown and failures reject with their code.
 */
export interface Call {
  by: "user" | "program";
  /** The selected rows that stand for agents. */
  nodes: readonly AgentNode[];
  /** The row of a port that was clicked. */
  endpoint?: EndpointNode;
  /** An id, a prefix of one, or a name. */
  target?: string;
  /** Unchecked; undefined where none were given. */
  options?: Record<string, unknown>;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isNode(value);
}

function idOf(value: unknown): string | undefined {
  return isPlainObject(value) && typeof value.id === "string" ? value.id : undefined;
}

/**
 * Reads the arguments of a command: `(target?, options?)` with a row (and then, from a menu, all selected rows), an
 * agent as JSON, an id, a prefix or a name. A command without a target (`takesTarget` false) also takes
 * `(options)`.
 */
export function readCall(args: readonly unknown[], takesTarget: boolean): Call {
  const [first, second] = args;
  const options = isPlainObject(second) ? second : undefined;
  if (isAgentNode(first)) {
    const selected = Array.isArray(second) ? second.filter(isAgentNode) : [];
    return { by: options ? "program" : "user", nodes: selected.length > 0 ? selected : [first], options };
  }
  if (isEndpointNode(first)) return { by: "user", nodes: [], endpoint: first };
  if (typeof first === "string") return { by: "program", nodes: [], target: first, options };
  if (!takesTarget && isPlainObject(first)) return { by: "program", nodes: [], options: first };
  const id = idOf(first);
  if (id !== undefined) return { by: "program", nodes: [], target: id, options };
  return { by: options ? "program" : "user", nodes: [], options };
}

/** The targets that were named: the ids of the rows, or the text; empty where none was. */
export function namedTargets(call: Call): readonly string[] {
  if (call.target !== undefined) return [call.target];
  return call.nodes.map(({ row }) => row.agent.id);
}
