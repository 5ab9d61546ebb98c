import type { Core } from "../app/core.js";
import type { AgentStats } from "../model/stats.js";
import type { AgentRow } from "../store/rows.js";
import type { Disposable } from "../util/dispose.js";
import { targetOf } from "./call.js";

/** Each stream costs the engine some work every second: with more running agents than this, the first ones are shown. */
const maxStreams = 24;

const runs = ({ agent, operation }: AgentRow) =>
  operation === undefined && ["running", "unhealthy", "paused"].includes(agent.state);

/** What agents on the screen use, measured while they are there. */
export class StatsWatch implements Disposable {
  private readonly watches = new Map<string, Disposable>();
  private readonly samples = new Map<string, AgentStats>();
  private core: Core | undefined;

  /** `changed` hears of each agent with a new sample, or without one any more. */
  constructor(private readonly changed: (target: string) => void) {}

  latest(target: string): AgentStats | undefined {
    return this.samples.get(target);
  }

  /** Watches those of `rows` that run; none without a core. Cheap where nothing changed. */
  show(core: Core | undefined, rows: readonly AgentRow[]): void {
    if (core !== this.core) this.dispose();
    this.core = core;
    const wanted = new Set(core ? rows.filter(runs).slice(0, maxStreams).map(targetOf) : []);
    for (const id of this.watches.keys()) if (!wanted.has(id)) this.stop(id);
    if (!core) return;
    for (const id of wanted) {
      if (!this.watches.has(id))
        this.watches.set(
          id,
          core.watchStats(id, (stats) => this.take(id, stats)),
        );
    }
  }

  dispose(): void {
    for (const id of [...this.watches.keys()]) this.stop(id);
  }

  private take(id: string, stats: AgentStats | undefined): void {
    if (stats) this.samples.set(id, stats);
    else this.samples.delete(id);
    this.changed(id);
  }

  private stop(id: string): void {
    this.watches.get(id)?.dispose();
    this.watches.delete(id);
    this.samples.delete(id);
  }
}
