import type { AgentEndpoint } from "../model/agent.js";
import type { Snapshot } from "../model/snapshot.js";
import type { AgentRow } from "../store/rows.js";
import type { EngineState } from "../store/state.js";
import type { Grouping } from "./arrangement.js";

/**
 * What a row of the tree stands for; VS Code hands it to the commands of its menus. `id` is stable for the life of
 * what it shows, in every grouping. What is shown is replaced as it changes, so that a command sees it as it is now.
 */
export type Node =
  | {
      kind: "engine";
      id: string;
      /** What it is called in the tree. */
      label: string;
      engine: EngineState;
      rows: readonly AgentRow[];
      removable: boolean;
    }
  /**
   * The agents that have `key` in common: a project, a tag's value, a state; empty for those without. `foreign`: what
   * other programs made, on the engine `key`, or on all of them.
   */
  | { kind: "group"; id: string; by: GroupedBy; key: string; rows: readonly AgentRow[] }
  | { kind: "agent"; id: string; row: AgentRow; place: Place }
  /** `agentId` is the id of the row it stands below. */
  | { kind: "endpoint"; agentId: string; endpoint: AgentEndpoint }
  /** `parent` is the id of the row it stands below. */
  | { kind: "snapshot"; id: string; parent: string; snapshot: Snapshot; source: SnapshotSource }
  /** The snapshots of an engine whose agents are gone; `place` says which engine, where that is not clear. */
  | { kind: "snapshots"; id: string; parent?: string; place: Place; snapshots: readonly Snapshot[] };

/** Whether the agent of a snapshot can be put back to it; `away` while its engine is. */
export type SnapshotSource = "there" | "gone" | "away";

/** What stands below a row that is no engine. */
export type GroupedBy = Exclude<Grouping, "engine"> | "foreign";

/** What a row says because of where it stands. */
export interface Place {
  /** What the engine is called, where there are several and the row does not stand below it. */
  engine?: string;
  /** True while its engine is away: what is shown is what was last seen. */
  away: boolean;
}

export type EngineNode = Extract<Node, { kind: "engine" }>;
export type GroupNode = Extract<Node, { kind: "group" }>;
export type AgentNode = Extract<Node, { kind: "agent" }>;
export type EndpointNode = Extract<Node, { kind: "endpoint" }>;
export type SnapshotNode = Extract<Node, { kind: "snapshot" }>;
export type SnapshotsNode = Extract<Node, { kind: "snapshots" }>;

const hasKind = (value: unknown, kind: Node["kind"]): value is object =>
  typeof value === "object" && value !== null && "kind" in value && value.kind === kind;

/** True for a row that stands for an agent. */
export function isAgentNode(value: unknown): value is AgentNode {
  return hasKind(value, "agent") && "row" in value;
}

/** True for a row that stands for a port. */
export function isEndpointNode(value: unknown): value is EndpointNode {
  return hasKind(value, "endpoint") && "endpoint" in value;
}

/** True for a row that stands for an engine. */
export function isEngineNode(value: unknown): value is EngineNode {
  return hasKind(value, "engine") && "engine" in value;
}

/** True for a row that stands for a snapshot. */
export function isSnapshotNode(value: unknown): value is SnapshotNode {
  return hasKind(value, "snapshot") && "snapshot" in value;
}

/** True for any row of ours. */
export function isNode(value: unknown): value is Node {
  return (
    isAgentNode(value) ||
    isEndpointNode(value) ||
    isEngineNode(value) ||
    isSnapshotNode(value) ||
    hasKind(value, "group") ||
    hasKind(value, "snapshots")
  );
}
