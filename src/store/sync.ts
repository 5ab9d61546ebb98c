import { toAgentError } from "../model/errors.js";
import type { EngineHealth } from "../model/health.js";
import { labelKeys } from "../model/labels.js";
import type { Engine } from "../ports/engine.js";
import type { Clock } from "../util/clock.js";
import type { Disposable } from "../util/dispose.js";
import type { Logger } from "../util/log.js";
import { Pump } from "./pump.js";
import type { Message } from "./reduce.js";

/** What keeping one engine's part of the state true needs. */
export interface SyncOptions {
  /** The name under which the engine stands in the state. */
  name: string;
  connect: (signal: AbortSignal) => Promise<Engine>;
  health: (engine: Engine, signal: AbortSignal) => Promise<EngineHealth>;
  hasKey: (agentId: string) => Promise<boolean>;
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
      // Woken early by refresh, or stopped: both end the wait.
      await clock.sleep(waitMs, AbortSignal.any([signal, this.wake.signal])).catch(() => undefined);
    }
  }

  /** Follows the engine until it is lost, and gives the reason. */
  private async follow(signal: AbortSignal): Promise<unknown> {
    const lost = new AbortController();
    const until = AbortSignal.any([signal, lost.signal]);
    try {
      const engine = await this.options.connect(until);
      // Fails within the deadline of a connection, where a stream would wait for its first byte much longer.
      await engine.ping(until);
      const pump = new Pump(engine, this.options, until, (error) => lost.abort(error));
      this.relist = () => pump.list();
      for await (const event of engine.events(labelKeys.agentId, until)) pump.take(event);
      return new Error("The event stream ended.");
    } catch (error) {
      return lost.signal.aborted ? lost.signal.reason : error;
    } finally {
      this.relist = undefined;
      lost.abort();
    }
  }
}
