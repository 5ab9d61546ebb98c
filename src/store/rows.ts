import type { Agent } from "../model/agent.js";
import { currentAgents } from "../model/currentAgents.js";
import { parseRights, type HostRight } from "../model/hostRights.js";
import { labelKeys } from "../model/labels.js";
import type { Entry, Failure, Operation, State } from "./state.js";

/** One agent as a view shows it. */
export interface AgentRow {
  agent: Agent;
  /** Of this row alone: two containers may carry one agent id. */
  key: string;
  /** True where another container carries its id too: it is meant by its container's id only. */
  duplicate?: boolean;
  /** A verb under way on it in this process. */
  operation?: Operation;
  /** Of a failed create. */
  failure?: Failure;
  /** It ended, and neither as asked nor by itself with 0: an error, a kill, out of memory, a lost engine. */
  endedUnexpectedly?: boolean;
  /** True while it runs and its first login since the start has not been tried yet. */
  awaitingLogin: boolean;
  /** What it may do beyond its container. */
  rights: readonly HostRight[];
}

/** Turns an engine's facts into an agent; injected, because the SSH paths belong to this machine. */
export type Describe = (engine: string, entry: Entry) => Agent;

const unborn = (operation: { agentId: string; name: string; engine: string }): Agent => ({
  id: operation.agentId,
  name: operation.name,
  type: "",
  engine: operation.engine,
  containerId: "",
  state: "creating",
  stateReason: "",
  createdAt: "",
  tags: {},
  parentId: null,
  image: "",
  workspaceFolder: "",
  ssh: null,
  endpoints: [],
  sessions: [],
});

/** A `docker kill` is somebody's wish, and yet not the user's of this program. */
function endedUnexpectedly({ state }: Agent, { ending }: Entry): boolean {
  return state === "exited" || (state === "stopped" && ending === "kill");
}

function makeRow(
  agent: Agent,
  entry: Entry,
  operation: Operation | undefined,
  failure: Failure | undefined,
): AgentRow {
  const creating = operation?.verb === "create";
  // Its create failed, and what it had made is not gone, or not yet seen to be: one row, and no second of its id.
  if (failure) {
    const failed: Agent = { ...agent, state: "failed", stateReason: failure.error.message };
    return { key: agent.id, agent: failed, failure, awaitingLogin: false, rights: [] };
  }
  return {
    key: agent.id,
    agent: creating ? { ...agent, state: "creating", stateReason: operation.stage } : agent,
    ...(operation && { operation }),
    ...(endedUnexpectedly(agent, entry) && { endedUnexpectedly: true }),
    awaitingLogin: !creating && agent.state === "running" && entry.hasKey && entry.login.kind === "unknown",
    rights: parseRights(entry.facts.labels[labelKeys.hostRights]),
  };
}

type RowOf = (engine: string, entry: Entry, state: State) => AgentRow;

const order = new Intl.Collator(undefined);

/**
 * Every agent of every engine, with the creates that have no container yet and those that failed; by name. What has
 * not changed since the last call keeps its identity: a burst among hundreds costs what changed, not what there is.
 */
export function createAgentRows(describe: Describe): (state: State) => readonly AgentRow[] {
  // State is replaced, never edited: the same entry is the same agent.
  const known = new WeakMap<Entry, { agent: Agent; row: AgentRow }>();
  const rowOf: RowOf = (engine, entry, state) => {
    const before = known.get(entry);
    const agent = before?.agent ?? describe(engine, entry);
    const operation = state.operations.get(agent.id);
    // A verb under way, such as the next attempt, covers what failed before.
    const failure = operation ? undefined : state.failures.get(agent.id);
    if (before && before.row.operation === operation && before.row.failure === failure) return before.row;
    const row = makeRow(agent, entry, operation, failure);
    known.set(entry, { agent, row });
    return row;
  };
  const told = new WeakMap<AgentRow, AgentRow>();
  return (state) => agentRows(state, rowOf, told);
}

function agentRows(state: State, rowOf: RowOf, told: WeakMap<AgentRow, AgentRow>): readonly AgentRow[] {
  const rows: AgentRow[] = [];
  const seen = new Set<string>();
  for (const engine of state.engines.values()) {
    const entries = [...engine.entries.values()].map((entry) => ({ ...entry.facts, entry }));
    for (const { entry } of currentAgents(entries)) {
      const row = rowOf(engine.name, entry, state);
      seen.add(row.agent.id);
      rows.push(row);
    }
  }
  for (const operation of state.operations.values()) {
    if (operation.verb !== "create" || seen.has(operation.agentId)) continue;
    rows.push({
      key: operation.agentId,
      agent: { ...unborn(operation), stateReason: operation.stage },
      operation,
      awaitingLogin: false,
      rights: [],
    });
  }
  for (const failure of state.failures.values()) {
    if (seen.has(failure.agentId)) continue;
    rows.push({
      key: failure.agentId,
      agent: {
        ...unborn(failure),
        state: "failed",
        stateReason: failure.error.message,
        createdAt: failure.at,
      },
      failure,
      awaitingLogin: false,
      rights: [],
    });
  }
  return tellApart(rows, told).sort(
    (a, b) => order.compare(a.agent.name, b.agent.name) || order.compare(a.key, b.key),
  );
}

/**
 * A container made from an image of an agent inherits its labels (research/mngr 2.1.2): both are shown, and say so.
 * One container by two doors to its engine is no second one. `told` keeps what was made of each row.
 */
function tellApart(rows: readonly AgentRow[], told: WeakMap<AgentRow, AgentRow>): AgentRow[] {
  const containers = new Map<string, string>();
  const shared = new Set<string>();
  for (const { agent } of rows) {
    const known = containers.get(agent.id);
    if (known === undefined) containers.set(agent.id, agent.containerId);
    else if (known !== agent.containerId) shared.add(agent.id);
  }
  return rows.map((row) => {
    if (!shared.has(row.agent.id)) return row;
    const one = told.get(row) ?? asDuplicate(row);
    told.set(row, one);
    return one;
  });
}

function asDuplicate(row: AgentRow): AgentRow {
  const { agent } = row;
  const stateReason = [agent.stateReason, "Another container carries the same agent id."]
    .filter(Boolean)
    .join(" ");
  const key = `${agent.id}/${agent.containerId}`;
  return { ...row, key, duplicate: true, agent: { ...agent, stateReason } };
}
