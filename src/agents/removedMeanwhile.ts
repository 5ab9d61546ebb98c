import { AgentError, isAgentError } from "../model/errors.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { AgentContext } from "./context.js";

/**
 * Runs what works on an agent for a while; where it fails because another client has removed the agent, says that
 * (`NOT_FOUND`) instead of what the engine makes of it.
 */
export async function unlessRemoved<T>(
  { engine }: AgentContext,
  facts: ContainerFacts,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isAgentError(error, "BUSY") || !(await isGone(engine.inspectContainer(facts.id)))) throw error;
    throw new AgentError("NOT_FOUND", `"${facts.name}" was removed meanwhile.`, {
      field: "target",
      cause: error,
    });
  }
}

async function isGone(looking: Promise<ContainerFacts>): Promise<boolean> {
  try {
    await looking;
    return false;
  } catch (error) {
    // Where the engine does not answer, the first error says so.
    return isAgentError(error, "NOT_FOUND");
  }
}
