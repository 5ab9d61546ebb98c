import { isAgentError, toAgentError, messageOf } from "../model/errors.js";
import { isWaitingName, nameBefore, replacesLabel } from "../model/currentAgents.js";
import { isAgentId, labelKeys, roleLabel } from "../model/labels.js";
import { snapshotLabel } from "../model/snapshot.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { AgentContext } from "./context.js";
import { forgetAgent } from "./ended.js";
import { requireLabels } from "./facts.js";
import { volumeName } from "./plan.js";
import { stateVolumeOf } from "./snapshot/replaced.js";
import { isOfThisMachine, ownerIsDead, ownerLabel } from "./owner.js";
import { removeOwnVolumes } from "./ownVolumes.js";
import { recoverCarrier, recoverImages } from "./recoverSnapshots.js";
import { recoverLone, recoverReplacedVolumes, recoverRestore, restoredOf } from "./recoverRestore.js";
import { restoreBlock } from "./lifecycle.js";
import { carrierRole } from "./snapshot/keptFiles.js";

/** What was found of verbs that nobody will finish: the program or the engine died in the middle of them. */
export interface Recovered {
  /** What was done about them, a sentence each. */
  cleaned: readonly string[];
  /** What only the user can decide, a sentence each. */
  decide: readonly string[];
}

/** What a step of recovery tells. */
export interface Tell {
  cleaned(sentence: string): void;
  decide(sentence: string): void;
}

/**
 * Finishes or takes back what verbs of dead processes have left on an engine, so that every agent is as it was before
 * its verb, or as it would be after. Verbs of live processes, and young ones of other machines, are left alone. Nothing
 * that holds what only the user has is removed. `images`: looks for what snapshots have left too, which takes a list of
 * images. Safe to run in several processes at once. What cannot be done is told and tried again the next time; errors
 * are those of listing.
 */
export async function recover(
  context: AgentContext,
  { images = false, signal }: { images?: boolean; signal?: AbortSignal } = {},
): Promise<Recovered> {
  const { engine, clock, log } = context;
  const [all, carriers, snapshots] = await Promise.all([
    engine.listContainers(labelKeys.agentId, signal),
    engine.listContainers(`${roleLabel}=${carrierRole}`, signal),
    images ? engine.listImages(snapshotLabel, signal) : [],
  ]);
  const agents = all.filter(({ labels }) => !labels[snapshotLabel]);
  const isDead = ({ labels, createdAt }: ContainerFacts) =>
    ownerIsDead(labels[ownerLabel], clock.now() - createdAt.getTime());

  const cleaned: string[] = [];
  const decide: string[] = [];
  const tell: Tell = {
    cleaned: (sentence) => void cleaned.push(sentence),
    decide: (sentence) => void decide.push(sentence),
  };
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    signal?.throwIfAborted();
    try {
      await work();
    } catch (error) {
      signal?.throwIfAborted();
      // Somebody else was quicker.
      if (isAgentError(error, "NOT_FOUND")) return;
      log.warn(`${what} could not be cleared up: ${messageOf(error)}`);
      tell.decide(`${what} could not be cleared up: ${toAgentError(error).message}`);
    }
  };

  // First what may stand still: it is waited for.
  for (const carrier of carriers.filter(isDead)) {
    await attempt("A snapshot that was cut off", () => recoverCarrier(context, carrier, tell));
  }
  for (const agent of agents) {
    const old = restoredOf(agent, agents);
    if (old && isDead(agent)) {
      const name = nameBefore(old.name) ?? old.name;
      await attempt(`The restore of ${name}`, () => recoverRestore(context, agent, old, tell));
    } else if (isWaitingName(agent.name)) {
      await attempt(agent.name, () => recoverLone(context, agent, agents, tell));
    } else if (!agent.labels[replacesLabel] && isDead(agent)) {
      await attempt(agent.name, () => recoverCreate(context, agent, tell));
    }
  }
  await attempt("A restore that was cut off", () => recoverReplacedVolumes(context, agents, isDead, tell));
  const users = [...agents, ...carriers.filter((carrier) => !isDead(carrier))];
  await attempt("A snapshot that was cut off", () => recoverImages(context, snapshots, users, tell));
  await attempt("A destroy that was cut off", () => recoverDestroys(context, all, tell));
  for (const sentence of cleaned) log.warn(sentence);
  for (const sentence of decide) log.warn(sentence);
  return { cleaned, decide };
}

/** An agent that was being made. One that never started holds nothing that is not elsewhere. */
async function recoverCreate(context: AgentContext, agent: ContainerFacts, tell: Tell): Promise<void> {
  const { engine, ssh } = context;
  const agentId = agent.labels[labelKeys.agentId] ?? "";
  if (agent.status !== "created") {
    // It was killed before it wrote how the agent is reached.
    if (agent.status !== "running" || !isOfThisMachine(agent.labels[ownerLabel])) return;
    if ((await ssh.target(agentId)) !== undefined) return;
    if (await restoreBlock(context, requireLabels(agent))) {
      tell.cleaned(
        `The making of ${agent.name} was cut off; it runs, and its SSH configuration is there now.`,
      );
    }
    return;
  }
  // What somebody has made by hand of an agent's image inherits its labels, and has not its volume.
  if (!isAgentId(agentId) || stateVolumeOf(agent) !== volumeName(agentId)) return;
  // The list may be old, and it may have been started since.
  const now = await engine.inspectContainer(agent.id);
  if (now.status !== "created" || now.startedAt !== undefined) return;
  // The container last of what is found by it: its maker may have died with the lock of the SSH files in its hand, and
  // where that cannot be had yet, the next start finds the container again.
  await context.vault.forget(agentId);
  await ssh.remove(agentId);
  await engine.removeContainer(agent.id);
  await removeOwnVolumes(engine, agentId);
  tell.cleaned(`The making of ${agent.name} was cut off; what there was of it is removed.`);
}

/** How long an engine may go on with a removal that nobody waits for. */
const removalMs = 10 * 60_000;

/** What this machine was removing. Where the container is still there, nothing was begun. */
async function recoverDestroys(
  context: AgentContext,
  containers: readonly ContainerFacts[],
  tell: Tell,
): Promise<void> {
  const { engine, ssh } = context;
  for (const { agentId, name, owner, since, ...of } of await ssh.leaving()) {
    // A home that several machines share: theirs is theirs.
    if (of.engine !== engine.name || !isOfThisMachine(owner) || !ownerIsDead(owner, 0)) continue;
    if (containers.some(({ labels }) => labels[labelKeys.agentId] === agentId)) {
      // The engine may still be at it; later on, whoever removes the container means something else.
      if (context.clock.now() - since > removalMs) await ssh.stays(agentId);
      continue;
    }
    await removeOwnVolumes(engine, agentId);
    await context.vault.forget(agentId);
    await ssh.remove(agentId);
    forgetAgent(context, agentId);
    tell.cleaned(`The removal of ${name} was cut off, and is finished now.`);
  }
}
