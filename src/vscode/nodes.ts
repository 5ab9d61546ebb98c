import type { AgentEndpoint } from "../model/agent.js";
import type { AgentRow } from "../store/rows.js";
import type { EngineState } from "../store/state.js";

/** What a row of the tree stands for; VS Code hands it to the commands of its menus. */
export type Node =
  | { kind: "engine"; engine: EngineState }
  /** `row` is replaced as the agent changes, so that a command sees it as it is now. */
  | { kind: "agent"; row: AgentRow }
  | { kind: "endpoint"; agentId: string; endpoint: AgentEndpoint };

export type AgentNode = Extract<Node, { kind: "agent" }>;
export type EndpointNode = Extract<Node, { kind: "endpoint" }>;

const hasKind = (value: unknown, kind: Node["kind"]): boolean =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === kind;

/** True for a row that stands for an agent. */
export function isAgentNode(value: unknown): value is AgentNode {
  return hasKind(value, "agent") && typeof value === "object" && value !== null && "row" in value;
}

/** True for a row that stands for a port. */
export function isEndpointNode(value: unknown): value is EndpointNode {
  return hasKind(value, "endpoint") && typeof value === "object" && value !== null && "endpoint" in value;
}

/** True for any row of ours. */
export function isNode(value: unknown): value is Node {
  return isAgentNode(value) || isEndpointNode(value) || hasKind(value, "engine");
}
