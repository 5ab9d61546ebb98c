import type { Picture } from "../app/core.js";
import type { Snapshot } from "../model/snapshot.js";
import type { AgentRow } from "../store/rows.js";

const none: readonly Snapshot[] = [];
const keyOf = (engine: string, agentId: string) => `${engine} ${agentId}`;

/** The snapshots of agents, and of those that are gone; the same list again costs nothing. */
export class SnapshotRows {
  private all: readonly Snapshot[] = none;
  private byAgent = new Map<string, readonly Snapshot[]>();

  /** Takes all that are known, newest first. */
  update(all: readonly Snapshot[]): void {
    if (all === this.all) return;
    this.all = all;
    const byAgent = new Map<string, Snapshot[]>();
    for (const snapshot of all) {
      const key = keyOf(snapshot.engine, snapshot.agentId);
      const known = byAgent.get(key);
      if (known) known.push(snapshot);
      else byAgent.set(key, [snapshot]);
    }
    this.byAgent = byAgent;
  }

  of({ agent }: AgentRow): readonly Snapshot[] {
    return this.byAgent.get(keyOf(agent.engine, agent.id)) ?? none;
  }

  /** Those whose agents are gone, by engine. */
  orphans({ agents }: Picture): ReadonlyMap<string, readonly Snapshot[]> {
    const found = new Map<string, Snapshot[]>();
    if (this.all.length === 0) return found;
    const there = new Set(agents.map(({ agent }) => keyOf(agent.engine, agent.id)));
    for (const snapshot of this.all) {
      if (there.has(keyOf(snapshot.engine, snapshot.agentId))) continue;
      found.set(snapshot.engine, [...(found.get(snapshot.engine) ?? []), snapshot]);
    }
    return found;
  }
}
