import { isWaitingName, replacesLabel } from "../model/currentAgents.js";
import { isAgentId, labelKeys } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import { isAgentError } from "../model/errors.js";
import type { DestroyOptions } from "../model/options.js";
import { forkBaseReference, fromSnapshotLabel, snapshotLabel } from "../model/snapshot.js";
import type { AgentContext, Work } from "./context.js";
import { forgetAgent } from "./ended.js";
import { refuseForeign } from "./foreign.js";
import { removeUnusedNetwork } from "./network.js";
import { removeOwnVolumes } from "./ownVolumes.js";
import { findSnapshots } from "./snapshot/find.js";
import { removeSnapshot } from "./snapshot/remove.js";

/**
 * Removes an agent and everything that was made for it: the container in whatever state, its volume, its key, its
 * config block, what is kept of its secrets, and the network when we made it and nothing else is on it (SPEC L3). What is already gone is
 * success, so that a destroy that was cut off can be repeated. Its snapshots stay unless they are to be deleted too.
 */
export async function destroyAgent(
  context: AgentContext,
  facts: ContainerFacts,
  work: Work,
  snapshots: DestroyOptions["snapshots"] = "keep",
): Promise<void> {
  const { engine, ssh, vault, clock } = context;
  const { name } = facts;
  const agentId = facts.labels[labelKeys.agentId] ?? "";
  refuseForeign(facts, "destroyed");
  work.onProgress("Removing the container");
  if (isAgentId(agentId) && work.owner !== undefined) {
    await ssh.leave({ agentId, name, engine: engine.name, owner: work.owner, since: clock.now() });
  }
  await engine.removeContainer(facts.id, work.signal);
  // Of a restore that was cut off, or that is under way elsewhere: it then finds the agent gone.
  if (agentId) await removeOthers(context, facts, agentId);
  // From here on there is nothing to go back to: the rest is done whether or not the user has second thoughts.
  work.onProgress("Cleaning up");
  // A container made from an agent's image carries its id, and is not it: what is kept under the id stays with the other.
  const others = agentId ? await engine.listContainers(`${labelKeys.agentId}=${agentId}`) : [];
  if (agentId && others.every(({ id }) => id === facts.id)) {
    await removeOwnVolumes(engine, agentId);
    // What is no id was never one of ours, and no file bears it.
    if (isAgentId(agentId)) {
      await vault.forget(agentId);
      await ssh.remove(agentId);
    }
    if (snapshots === "delete") await removeSnapshots(context, agentId, work);
    forgetAgent(context, agentId);
  }
  const base = facts.labels[fromSnapshotLabel];
  if (base) await removeForkBase(context, base);
  for (const network of Object.keys(facts.networks)) await removeUnusedNetwork(context, network);
}

/** Containers that are to take the agent's place, or that wait for another one to take it. */
async function removeOthers({ engine }: AgentContext, facts: ContainerFacts, agentId: string): Promise<void> {
  const all = await engine.listContainers(`${labelKeys.agentId}=${agentId}`);
  const isOfRestore = ({ name, labels }: ContainerFacts) =>
    !labels[snapshotLabel] && (isWaitingName(name) || labels[replacesLabel] === facts.id);
  for (const { id } of all.filter(isOfRestore)) await engine.removeContainer(id);
}

async function removeSnapshots(context: AgentContext, agentId: string, work: Work): Promise<void> {
  const own = (await findSnapshots(context)).filter(({ record }) => record.agentId === agentId);
  // Not handed the signal: a half of them would be neither what was asked for nor what was before.
  for (const found of own) await removeSnapshot(context, found, { onProgress: work.onProgress });
}

/** The image that forks stand on goes with the last of them, unless it is a snapshot still. */
async function removeForkBase({ engine }: AgentContext, snapshotId: string): Promise<void> {
  try {
    await engine.removeImage(forkBaseReference(snapshotId));
  } catch (error) {
    // Another fork stands on it.
    if (!isAgentError(error, "ENGINE_FAILED")) throw error;
  }
}
