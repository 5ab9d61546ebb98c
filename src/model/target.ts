import { AgentError } from "./errors.js";

/**
 * Finds the agent that a user means: by exact id or name, else by a unique prefix of the id, with or without
 * `agent-` (SPEC L5). Throws `NOT_FOUND`, or `AMBIGUOUS` naming the candidates.
 */
export function resolveTarget<T extends { id: string; name: string; containerId: string }>(
  agents: readonly T[],
  target: string,
): T {
  const exact = agents.filter((agent) => agent.id === target || agent.name === target);
  const prefix = (agent: T) =>
    agent.id.startsWith(target) ||
    agent.id.startsWith(`agent-${target}`) ||
    agent.containerId.startsWith(target);
  // A prefix of fewer characters would turn a slip of the finger into a match.
  const found = exact.length > 0 ? exact : target.length >= 4 ? agents.filter(prefix) : [];
  const [first] = found;
  if (found.length === 1 && first) return first;
  if (first) {
    const twice = new Set(found.map(({ id }) => id)).size < found.length;
    const names = found
      .map(({ name, id, containerId }) => `${name} (${twice ? containerId.slice(0, 12) : id})`)
      .join(", ");
    throw new AgentError("AMBIGUOUS", `"${target}" could be any of ${names}.`, {
      remedy: twice ? "Give the id of the container: several carry one agent id." : "Give the full id.",
      field: "target",
    });
  }
  throw new AgentError("NOT_FOUND", `There is no agent "${target}".`, {
    remedy: "See the list of agents for names and ids.",
    field: "target",
  });
}
