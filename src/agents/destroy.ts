import { labelKeys } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { AgentContext, Work } from "./context.js";
import { removeUnusedNetwork } from "./network.js";

/**
 * Removes an agent and everything that was made for it: the container in whatever state, its volume, its key and
 * config block, and the network when we made it and nothing else is on it (SPEC L3). What is already gone is
 * success, so that a destroy that was cut off can be repeated.
 */
export async function destroyAgent(context: AgentContext, facts: ContainerFacts, work: Work): Promise<void> {
  const { engine, ssh } = context;
  const agentId = facts.labels[labelKeys.agentId] ?? "";
  work.onProgress("Removing the container");
  await engine.removeContainer(facts.id, work.signal);
  // From here on there is nothing to go back to: the rest is done whether or not the user has second thoughts.
  work.onProgress("Cleaning up");
  if (agentId) {
    for (const { name } of await engine.listVolumes(`${labelKeys.agentId}=${agentId}`))
      await engine.removeVolume(name);
    await ssh.remove(agentId);
  }
  for (const network of Object.keys(facts.networks)) await removeUnusedNetwork(context, network);
}
