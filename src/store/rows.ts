import type { Agent } from "../model/agent.js";
import type { Entry, Failure, Operation, State } from "./state.js";

/** One agent as a view shows it. */
export interface AgentRow {
  agent: Agent;
  /** A verb under way on it in this process. */
  operation?: Operation;
  /** Of a failed create. */
  failure?: Failure;
  /** True while it runs and its first login since the start has not been tried yet. */
  awaitingLogin: boolean;
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

function rowOf(agent: Agent, entry: Entry, operation: Operation | undefined): AgentRow {
  const creating = operation?.verb === "create";
  return {
    agent: creating ? { ...agent, state: "creating", stateReason: operation.stage } : agent,
    ...(operation && { operation }),
    awaitingLogin: !creating && agent.state === "running" && entry.hasKey && entry.login.kind === "unknown",
  };
}

/** Every agent of every engine, with the creates that have no container yet and those that failed; by name. */
export function agentRows(state: State, describe: Describe): readonly AgentRow[] {
  const rows: AgentRow[] = [];
  const seen = new Set<string>();
  for (const engine of state.engines.values()) {
    for (const entry of engine.entries.values()) {
      const agent = describe(engine.name, entry);
      seen.add(agent.id);
      rows.push(rowOf(agent, entry, state.operations.get(agent.id)));
    }
  }
  for (const operation of state.operations.values()) {
    if (operation.verb !== "create" || seen.has(operation.agentId)) continue;
    rows.push({
      agent: { ...unborn(operation), stateReason: operation.stage },
      operation,
      awaitingLogin: false,
    });
  }
  for (const failure of state.failures.values()) {
    rows.push({
      agent: {
        ...unborn(failure),
        state: "failed",
        stateReason: failure.error.message,
        createdAt: failure.at,
      },
      failure,
      awaitingLogin: false,
    });
  }
  return rows.sort(
    (a, b) => a.agent.name.localeCompare(b.agent.name) || a.agent.id.localeCompare(b.agent.id),
  );
}
