import { AgentError } from "../model/errors.js";
import { labelKeys } from "../model/labels.js";
import { renderStats, type AgentStats } from "../model/stats.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { AgentContext } from "./context.js";

/** What an agent uses, once a second, until it stops or `signal` is aborted; nothing where it does not run. */
export async function* followStats(
  context: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): AsyncGenerator<AgentStats> {
  const agent = { id: facts.labels[labelKeys.agentId] ?? facts.id, name: facts.name };
  for await (const sample of context.engine.stats(facts.id, signal)) yield renderStats(agent, sample);
}

/**
 * What an agent uses now (SPEC M2): the first sample that has a CPU time, after one to two seconds. With `onSample`
 * it is told of each one, until the agent stops, and the last one is given. `NOT_RUNNING`.
 */
export async function readStats(
  context: AgentContext,
  facts: ContainerFacts,
  options: { onSample?: (stats: AgentStats) => void; signal?: AbortSignal } = {},
): Promise<AgentStats> {
  let last: AgentStats | undefined;
  for await (const stats of followStats(context, facts, options.signal)) {
    last = stats;
    if (!options.onSample) return stats;
    options.onSample(stats);
  }
  if (last) return last;
  throw new AgentError("NOT_RUNNING", `${facts.name} is not running, so it uses nothing.`, {
    remedy: "Start it first.",
  });
}
