import type { AgentRow } from "../store/rows.js";
import {
  isAgentNode,
  isEndpointNode,
  isEngineNode,
  isNode,
  isSnapshotNode,
  type AgentNode,
  type EndpointNode,
  type EngineNode,
  type SnapshotNode,
} from "./nodes.js";

/**
 * How a command was called. A *user* calls with nothing (palette, key, button) or with rows of the tree; then what is
 * missing is asked, failures are shown once, and the command itself succeeds. A *program* names its target or gives
 * options; then nothing is shown and failures reject with their code.
 */
export interface Call {
  by: "user" | "program";
  /** The selected rows that stand for agents. */
  nodes: readonly AgentNode[];
  /** The selected rows that stand for engines. */
  engines: readonly EngineNode[];
  /** The selected rows that stand for snapshots. */
  snapshots: readonly SnapshotNode[];
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
  const none = { nodes: [], engines: [], snapshots: [] };
  if (isAgentNode(first) || isEngineNode(first) || isSnapshotNode(first)) {
    const selected: unknown[] = Array.isArray(second) && second.length > 0 ? second : [first];
    const nodes = selected.filter(isAgentNode);
    const engines = selected.filter(isEngineNode);
    const snapshots = selected.filter(isSnapshotNode);
    return { by: options ? "program" : "user", nodes, engines, snapshots, options };
  }
  if (isEndpointNode(first)) return { by: "user", ...none, endpoint: first };
  if (typeof first === "string") return { by: "program", ...none, target: first, options };
  if (!takesTarget && isPlainObject(first)) return { by: "program", ...none, options: first };
  const id = idOf(first);
  if (id !== undefined) return { by: "program", ...none, target: id, options };
  return { by: options ? "program" : "user", ...none, options };
}

/** What a row is called by: its agent's id, or its container's where that means another one too, or is not ours. */
export function targetOf({ agent, duplicate }: AgentRow): string {
  return duplicate || agent.managedBy ? agent.containerId : agent.id;
}

/** The targets that were named: the ids of the rows, or the text; empty where none was. */
export function namedTargets(call: Call): readonly string[] {
  if (call.target !== undefined) return [call.target];
  return call.nodes.map(({ row }) => targetOf(row));
}
