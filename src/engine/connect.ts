import { isAgentError, toAgentError } from "../model/errors.js";
import type { EngineHealth } from "../model/health.js";
import type { Engine, Ping } from "../ports/engine.js";
import type { Clock } from "../util/clock.js";
import { retry } from "../util/retry.js";

/** SPEC E4: one attempt, and one more after each of these. */
const delaysMs = [1000, 2000, 4000];

/**
 * What passes by itself: an engine that is starting, restarting or overloaded. A missing socket, a missing
 * permission, wrong certificates or an old engine need somebody to do something, and who sees the reason at once
 * does it sooner; an engine that is installed later is found by the next check.
 */
function isWorthRetrying(error: unknown): boolean {
  return isAgentError(error, "ENGINE_UNREACHABLE") || isAgentError(error, "ENGINE_TIMEOUT");
}

/** How a connection is tried. */
export interface ConnectOptions {
  clock: Clock;
  signal?: AbortSignal;
}

/** The first answer of the engine, after at most four attempts; throws the last one's error. */
export async function connectWithRetry(engine: Engine, { clock, signal }: ConnectOptions): Promise<Ping> {
  return retry(() => engine.ping(signal), { delaysMs, worthRetrying: isWorthRetrying, clock, signal });
}

/**
 * The health of an engine (SPEC E5). What is wrong with the engine is told, not thrown; only an abort rejects. With
 * `once` there is one attempt: for a question that wants its answer now. An engine that answers a ping and then
 * cannot tell what it can do is reachable, with a problem.
 */
export async function checkHealth(
  engine: Engine,
  options: ConnectOptions & { once?: boolean },
): Promise<EngineHealth> {
  const { signal, once } = options;
  const tell = (error: unknown) => {
    signal?.throwIfAborted();
    const { code, message, remedy } = toAgentError(error);
    return { code, message, ...(remedy !== undefined && { remedy }) };
  };
  const unknown = { latencyMs: null, version: null, apiVersion: null, capabilities: null };
  let ping: Ping;
  try {
    ping = await (once ? engine.ping(signal) : connectWithRetry(engine, options));
  } catch (error) {
    return { engine: engine.name, reachable: false, ...unknown, problem: tell(error) };
  }
  const reached = { engine: engine.name, reachable: true, ...ping };
  try {
    return { ...reached, capabilities: await engine.capabilities(signal) };
  } catch (error) {
    return { ...reached, capabilities: null, problem: tell(error) };
  }
}
