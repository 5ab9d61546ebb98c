import { AgentError, isAgentError } from "../model/errors.js";
import { foreignIdentity } from "../model/foreign.js";
import { labelKeys, parseLabels, type AgentLabels } from "../model/labels.js";
import { agentNameOf, currentAgents, isWaitingName } from "../model/currentAgents.js";
import { resolveTarget } from "../model/target.js";
import type { AgentContext } from "./context.js";
import type { ContainerFacts, Engine } from "../ports/engine.js";

/** The containers that carry an agent id, in every state, in one request; each under the name of its agent. */
export async function listAgentContainers(engine: Engine, signal?: AbortSignal): Promise<ContainerFacts[]> {
  const agents = currentAgents(await engine.listContainers(labelKeys.agentId, signal));
  return agents.map((one) => (isWaitingName(one.name) ? { ...one, name: agentNameOf(one) } : one));
}

/** The agents of one engine. */
export interface EngineAgents {
  context: AgentContext;
  agents: readonly ContainerFacts[];
}

/**
 * The container of the agent that `target` means, among those of every engine that answered. Throws `NOT_FOUND`,
 * which names the engines that did not answer, or `AMBIGUOUS`.
 */
export function findAgent(
  engines: readonly EngineAgents[],
  target: string,
  failures: readonly AgentError[] = [],
): { context: AgentContext; facts: ContainerFacts } {
  const candidates = engines.flatMap(({ context, agents }) =>
    agents.map((facts) => ({
      id: facts.labels[labelKeys.agentId] ?? foreignIdentity(facts.labels)?.id ?? facts.id,
      name: facts.name,
      containerId: facts.id,
      context,
      facts,
    })),
  );
  try {
    return resolveTarget(candidates, target);
  } catch (error) {
    if (!isAgentError(error, "NOT_FOUND") || failures.length === 0) throw error;
    const away = failures.map(({ message }) => message).join(" ");
    throw new AgentError("NOT_FOUND", `There is no agent "${target}" on the engines that answer. ${away}`, {
      field: "target",
      remedy: "Try again when they do.",
      cause: error,
    });
  }
}

/** The labels of a container that is known to be an agent. Throws `UNSUPPORTED` for one whose labels are broken. */
export function requireLabels(facts: ContainerFacts): AgentLabels {
  const labels = parseLabels(facts.labels);
  if (labels.ok) return labels.value;
  throw new AgentError("UNSUPPORTED", `The labels of ${facts.name} cannot be read: ${labels.reason}.`, {
    remedy: "It can be destroyed; nothing else can be done with it.",
  });
}
