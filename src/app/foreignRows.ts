import { withMngrRecord } from "../agents/foreign.js";
import type { Agent } from "../model/agent.js";
import type { MngrRecord } from "../model/mngrRecord.js";
import type { AgentRow, Describe } from "../store/rows.js";
import type { Entry, State } from "../store/state.js";

interface Known {
  described: Agent;
  row: AgentRow;
  record: MngrRecord | undefined;
}

const order = new Intl.Collator(undefined);

/**
 * Other programs' containers as rows, by name. Each is meant by its container's id, because its own id is whatever
 * that program wrote. What has not changed since the last call keeps its identity.
 */
export function createForeignRows(describe: Describe): (state: State) => readonly AgentRow[] {
  const known = new WeakMap<Entry, Known>();
  const rowOf = (engine: string, entry: Entry, state: State): AgentRow => {
    const operation = state.operations.get(entry.facts.id);
    const records = state.engines.get(engine)?.mngrRecords;
    const before = known.get(entry);
    const described = before?.described ?? describe(engine, entry);
    const record = described.managedBy === "mngr" ? records?.get(described.id) : undefined;
    if (before && before.row.operation === operation && before.record === record) return before.row;
    const row: AgentRow = {
      key: entry.facts.id,
      agent: withMngrRecord(described, record),
      ...(operation && { operation }),
      awaitingLogin: false,
      rights: [],
    };
    known.set(entry, { described, row, record });
    return row;
  };
  return (state) =>
    [...state.engines.values()]
      .flatMap(({ name, foreign }) =>
        [...(foreign?.values() ?? [])].map((entry) => rowOf(name, entry, state)),
      )
      .sort(
        (one, other) => order.compare(one.agent.name, other.agent.name) || order.compare(one.key, other.key),
      );
}
