import { isAgentError } from "../model/errors.js";
import { labelKeys } from "../model/labels.js";
import type { Ending } from "../model/exit.js";
import type { ContainerFacts, Engine, EngineEvent } from "../ports/engine.js";
import type { Clock } from "../util/clock.js";
import type { ContainersMessage, Seen } from "./reduce.js";

/** Whose containers are kept true, and who is told. */
export interface PumpOptions {
  /** The name under which the engine stands in the state. */
  name: string;
  /** Reads all of them. */
  list: (signal: AbortSignal) => Promise<readonly ContainerFacts[]>;
  /** Which agents' keys this machine holds now. */
  keysHeld: () => Promise<(agentId: string) => boolean>;
  dispatch: (message: ContainersMessage) => void;
  /** Told, and waited for, after each whole list. */
  listed: () => Promise<void>;
  clock: Pick<Clock, "now">;
}

/** More containers changed at once than this: one list is cheaper than an inspect each. */
const listAbove = 20;

/** An engine that ends gives its containers 15 s before it leaves them. */
const shutdownMs = 15_000;

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

function seenAs(facts: Seen["facts"], keysHeld: (agentId: string) => boolean): Seen {
  return { facts, hasKey: keysHeld(facts.labels[labelKeys.agentId] ?? "") };
}

/** Turns events into as few requests as they need: changes of one container join while a request is under way. */
export class Pump {
  private readonly changed = new Set<string>();
  private readonly gone = new Set<string>();
  /** Container → when somebody asked to stop it, in milliseconds since 1970. */
  private readonly stops = new Map<string, number>();
  private listWanted = false;
  private busy = false;

  constructor(
    private readonly engine: Engine,
    private readonly options: PumpOptions,
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
      this.stops.delete(event.id);
      return this.options.dispatch({ type: "gone", ...at });
    }
    if (event.action === "start") {
      this.stops.delete(event.id);
      this.options.dispatch({ type: "started", ...at });
    }
    if (event.action === "commit") this.options.dispatch({ type: "committed", engine });
    const ending = endingOf(event);
    if (ending === "stop") this.stops.set(event.id, this.options.clock.now());
    if (ending) this.options.dispatch({ type: "ending", ...at, ending });
    this.changed.add(event.id);
    this.kick();
  }

  /** The connection is lost: the engine's last stops may have been its own. */
  lost(): void {
    const { name: engine, clock, dispatch } = this.options;
    const since = clock.now() - shutdownMs;
    const stopped = [...this.stops].flatMap(([id, at]) => (at >= since ? [id] : []));
    if (stopped.length > 0) dispatch({ type: "lost", engine, stopped });
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
    const [facts, keysHeld] = await Promise.all([this.options.list(this.signal), this.options.keysHeld()]);
    const seen = facts.map((fact) => seenAs(fact, keysHeld));
    const containers = seen.filter(({ facts: { id } }) => !this.gone.has(id));
    dispatch({ type: "listed", engine: name, containers });
    await this.options.listed();
  }

  private async readOne(): Promise<void> {
    const { name, dispatch } = this.options;
    const [id = ""] = this.changed;
    this.changed.delete(id);
    try {
      const [facts, keysHeld] = await Promise.all([
        this.engine.inspectContainer(id, this.signal),
        this.options.keysHeld(),
      ]);
      const container = seenAs(facts, keysHeld);
      // Asked after every wait: what was destroyed meanwhile must not come back.
      if (!this.gone.has(id)) dispatch({ type: "seen", engine: name, container });
    } catch (error) {
      if (!isAgentError(error, "NOT_FOUND")) throw error;
      dispatch({ type: "gone", engine: name, containerId: id });
    }
  }
}
