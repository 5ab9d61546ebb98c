import { isAgentError } from "../model/errors.js";
import { labelKeys } from "../model/labels.js";
import type { Ending } from "../model/exit.js";
import type { Engine, EngineEvent } from "../ports/engine.js";
import type { Seen } from "./reduce.js";
import type { SyncOptions } from "./sync.js";

/** More containers changed at once than this: one list is cheaper than an inspect each. */
const listAbove = 20;

/** Engine events that change nothing we show; execs alone would be a storm. */
const silent = /^(exec_|attach|detach|top|resize|archive|copy|extract)/;
type ContainerEvent = Extract<EngineEvent, { type: "container" }>;

const stopSignals = new Set([2, 3, 9, 15]);

/** `docker stop` and `docker kill` announce themselves with the signal they send; a death alone was nobody's wish. */
function endingOf({ action, signal = 15 }: ContainerEvent): Ending | undefined {
  if (action === "die") return "self";
  if (action !== "kill" || !stopSignals.has(signal)) return undefined;
  return signal === 9 ? "kill" : "stop";
}

/** Turns events into as few requests as they need: changes of one container join while a request is under way. */
export class Pump {
  private readonly changed = new Set<string>();
  private readonly gone = new Set<string>();
  private listWanted = false;
  private busy = false;
  private live = false;

  constructor(
    private readonly engine: Engine,
    private readonly options: SyncOptions,
    private readonly signal: AbortSignal,
    private readonly onError: (error: unknown) => void,
  ) {}

  list(): void {
    this.listWanted = true;
    this.kick();
  }

  take(event: EngineEvent): void {
    if (event.type === "connected") return this.list();
    const engine = this.options.name;
    const at = { engine, containerId: event.id };
    if (silent.test(event.action)) return;
    if (event.action === "destroy") {
      this.gone.add(event.id);
      this.changed.delete(event.id);
      return this.options.dispatch({ type: "gone", ...at });
    }
    if (event.action === "start") this.options.dispatch({ type: "started", ...at });
    const ending = endingOf(event);
    if (ending) this.options.dispatch({ type: "ending", ...at, ending });
    this.changed.add(event.id);
    this.kick();
  }

  private kick(): void {
    if (this.busy) return;
    this.busy = true;
    this.work().catch((error: unknown) => this.onError(error));
  }

  private async work(): Promise<void> {
    try {
      while (this.listWanted || this.changed.size > 0) {
        if (this.listWanted || this.changed.size > listAbove) await this.readAll();
        else await this.readOne();
      }
    } finally {
      this.gone.clear();
      // In the same turn as the check above, so that no event falls between them.
      this.busy = false;
    }
  }

  private async readAll(): Promise<void> {
    const { name, dispatch } = this.options;
    this.listWanted = false;
    this.changed.clear();
    const facts = await this.engine.listContainers(labelKeys.agentId, this.signal);
    const seen = await Promise.all(facts.map((fact) => this.seen(fact)));
    const containers = seen.filter(({ facts: { id } }) => !this.gone.has(id));
    dispatch({ type: "listed", engine: name, containers });
    if (this.live) return;
    this.live = true;
    dispatch({ type: "link", engine: name, link: { kind: "live" } });
    dispatch({ type: "health", engine: name, health: await this.options.health(this.engine, this.signal) });
  }

  private async readOne(): Promise<void> {
    const { name, dispatch } = this.options;
    const [id = ""] = this.changed;
    this.changed.delete(id);
    try {
      const container = await this.seen(await this.engine.inspectContainer(id, this.signal));
      // Asked after every wait: what was destroyed meanwhile must not come back.
      if (!this.gone.has(id)) dispatch({ type: "seen", engine: name, container });
    } catch (error) {
      if (!isAgentError(error, "NOT_FOUND")) throw error;
      dispatch({ type: "gone", engine: name, containerId: id });
    }
  }

  private async seen(facts: Seen["facts"]): Promise<Seen> {
    return { facts, hasKey: await this.options.hasKey(facts.labels[labelKeys.agentId] ?? "") };
  }
}
