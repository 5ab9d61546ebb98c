import { AgentError } from "../model/errors.js";
import { labelKeys, parseLabels, type AgentLabels } from "../model/labels.js";
import { resolveTarget } from "../model/target.js";
import type { ContainerFacts, Engine } from "../ports/engine.js";

/** The containers that carry an agent id, in every state, in one request. */
export function listAgentContainers(engine: Engine, signal?: AbortSignal): Promise<ContainerFacts[]> {
  return engine.listContainers(labelKeys.agentId, signal);
}

/** The container of the agent that `target` means. Throws `NOT_FOUND` or `AMBIGUOUS`. */
export async function findAgentContainer(
  engine: Engine,
  target: string,
  signal?: AbortSignal,
): Promise<ContainerFacts> {
  const candidates = (await listAgentContainers(engine, signal)).map((facts) => ({
    id: facts.labels[labelKeys.agentId] ?? "",
    name: facts.name,
    containerId: facts.id,
    facts,
  }));
  return resolveTarget(candidates, target).facts;
}

/** The labels of a container that is known to be an agent. Throws `UNSUPPORTED` for one whose labels are broken. */
export function requireLabels(facts: ContainerFacts): AgentLabels {
  const labels = parseLabels(facts.labels);
  if (labels.ok) return labels.value;
  throw new AgentError("UNSUPPORTED", `The labels of ${facts.name} cannot be read: ${labels.reason}.`, {
    remedy: "It can be destroyed; nothing else can be done with it.",
  });
}
