import { toAgentError } from "../model/errors.js";
import type { EngineHealth } from "../model/health.js";
import { labelKeys } from "../model/labels.js";
import type { Engine } from "../ports/engine.js";
import type { Clock } from "../util/clock.js";
import type { Disposable } from "../util/dispose.js";
import type { Logger } from "../util/log.js";
import { Pump, type PumpOptions } from "./pump.js";
import type { Message } from "./reduce.js";

/** What keeping one engine's part of the state true needs. */
export interface SyncOptions {
  /** The name under which the engine stands in the state. */
  name: string;
  connect: (signal: AbortSignal) => Promise<Engine>;
  health: (engine: Engine, signal: AbortSignal) => Promise<EngineHealth>;
  /** Which agents' keys this machine holds now. */
  keysHeld: () => Promise<(agentId: string) => boolean>;
  /** Calls back when the engine may be there again, sooner than the next attempt; where that can be known. */
  watchReturn?: (back: () => void) => Disposable;
  /** Called each time that the engine is there (again) and its agents are known. */
  onLive?: () => void;
  dispatch: (message: Message) => void;
  clock: Clock;
  log: Logger;
}

const backoffMs = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
/** A connection that lived this long was healthy: the next loss starts again with the shortest wait. */
const healthyMs = 60_000;

/**
 * Keeps one engine's containers in the state true by its events: subscribe, list, then apply. After a drop it
 * reconnects with backoff and lists anew, because the engine's own replay forgets (SPEC M1).
 */
export class EngineSync implements Disposable {
  private readonly stopped = new AbortController();
  private wake = new AbortController();
  private relist: (() => void) | undefined;
  private running: Promise<void> | undefined;

  constructor(private readonly options: SyncOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Reconnects at once if the engine is down, else lists anew. */
  refresh(): void {
    this.wake.abort();
    this.wake = new AbortController();
    this.relist?.();
  }

  dispose(): void {
    this.stopped.abort();
    this.options.dispatch({ type: "link", engine: this.options.name, link: { kind: "idle" } });
  }

  private async run(): Promise<void> {
    const { name, dispatch, clock, log } = this.options;
    const { signal } = this.stopped;
    let losses = 0;
    dispatch({ type: "link", engine: name, link: { kind: "connecting" } });
    while (!signal.aborted) {
      const startedAt = clock.now();
      const error = await this.follow(signal);
      if (signal.aborted) return;
      if (clock.now() - startedAt > healthyMs) losses = 0;
      const waitMs = backoffMs[Math.min(losses, backoffMs.length - 1)] ?? 0;
      losses += 1;
      const { code, message, remedy } = toAgentError(error);
      log.warn(`${name}: ${message} Next attempt in ${waitMs / 1000} s.`);
      const retryAt = clock.now() + waitMs;
      dispatch({
        type: "link",
        engine: name,
        link: { kind: "down", problem: { code, message, remedy }, retryAt },
      });
      const back = new AbortController();
      const watching = this.options.watchReturn?.(() => back.abort());
      const woken = this.wake.signal;
      // Woken early by refresh or by the engine's return, or stopped: all end the wait.
      await clock.sleep(waitMs, AbortSignal.any([signal, woken, back.signal])).catch(() => undefined);
      watching?.dispose();
      // Who asked sees that it is tried; our own attempts disturb nobody.
      if (woken.aborted && !signal.aborted)
        dispatch({ type: "link", engine: name, link: { kind: "connecting" } });
    }
  }

  private pumpOptions(engine: Engine, signal: AbortSignal): PumpOptions {
    const { name, keysHeld, dispatch, health, clock, onLive } = this.options;
    let live = false;
    return {
      name,
      keysHeld,
      dispatch,
      clock,
      list: (until) => engine.listContainers(labelKeys.agentId, until),
      listed: async () => {
        if (live) return;
        live = true;
        dispatch({ type: "link", engine: name, link: { kind: "live" } });
        onLive?.();
        dispatch({ type: "health", engine: name, health: await health(engine, signal) });
      },
    };
  }

  /** Follows the engine until it is lost, and gives the reason. */
  private async follow(signal: AbortSignal): Promise<unknown> {
    const lost = new AbortController();
    const until = AbortSignal.any([signal, lost.signal]);
    let pump: Pump | undefined;
    try {
      const engine = await this.options.connect(until);
      // Fails within the deadline of a connection, where a stream would wait for its first byte much longer.
      await engine.ping(until);
      const current = new Pump(engine, this.pumpOptions(engine, until), until, (error) => lost.abort(error));
      pump = current;
      this.relist = () => current.list();
      for await (const event of engine.events(labelKeys.agentId, until)) current.take(event);
      return new Error("The event stream ended.");
    } catch (error) {
      return lost.signal.aborted ? lost.signal.reason : error;
    } finally {
      this.relist = undefined;
      lost.abort();
      if (!signal.aborted) pump?.lost();
    }
  }
}
