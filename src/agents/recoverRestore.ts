import { isAgentError, messageOf } from "../model/errors.js";
import { isRestoringName, nameBefore, replacesLabel, wasRunningLabel } from "../model/currentAgents.js";
import { labelKeys } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { AgentContext, Work } from "./context.js";
import { restartAgent, startAgent, welcomeAgent } from "./lifecycle.js";
import { volumeName } from "./plan.js";
import type { Tell } from "./recover.js";
import { removeUnused } from "./recoverSnapshots.js";
import { removeReplaced, stateVolumeOf } from "./snapshot/replaced.js";

/** The container whose place `agent` was made to take, while it is there. */
export function restoredOf(
  { labels }: ContainerFacts,
  agents: readonly ContainerFacts[],
): ContainerFacts | undefined {
  const id = labels[replacesLabel];
  const old = id ? agents.find((one) => one.id === id) : undefined;
  return old?.labels[labelKeys.agentId] === labels[labelKeys.agentId] ? old : undefined;
}

/**
 * A restore of which both containers are there. Where the new one never started, the old one comes back; where it did,
 * and takes a login, the restore is finished. Otherwise both may hold work, and the user decides.
 */
export async function recoverRestore(
  context: AgentContext,
  restored: ContainerFacts,
  old: ContainerFacts,
  tell: Tell,
): Promise<void> {
  const { engine } = context;
  const name = nameBefore(old.name) ?? old.name;
  const now = await engine.inspectContainer(restored.id);
  if (now.status === "created" && now.startedAt === undefined) {
    const volume = stateVolumeOf(restored);
    await engine.removeContainer(restored.id);
    if (volume !== undefined && volume !== stateVolumeOf(old)) await engine.removeVolume(volume);
    await putBack(context, old, restored.labels[wasRunningLabel] === "true");
    tell.cleaned(`The restore of ${name} was cut off; it is as it was before.`);
    return;
  }
  try {
    if (now.status === "running") await welcomeAgent(context, now);
    else await startAgent(context, now, quietly);
  } catch (error) {
    if (!isAgentError(error) || error.code.startsWith("ENGINE_")) throw error;
    tell.decide(
      `The restore of ${name} was cut off, and what was restored takes no login (${messageOf(error)}). ` +
        `As it was before it is in the container ${old.name}: docker rm -f ${restored.name} gives it back, ` +
        `docker rm ${old.name} keeps the restored one.`,
    );
    return;
  }
  await removeReplaced(context, old, { id: restored.id, name: old.name });
  tell.cleaned(`The restore of ${name} was cut off, and is finished now.`);
}

/**
 * What agents of `all` kept before a restore whose program died between the removal of the replaced container and that
 * of its volume.
 */
export async function recoverReplacedVolumes(
  { engine }: AgentContext,
  all: readonly ContainerFacts[],
  isDead: (agent: ContainerFacts) => boolean,
  tell: Tell,
): Promise<void> {
  const hasReplaced = (agent: ContainerFacts): boolean =>
    Boolean(agent.labels[replacesLabel]) &&
    agent.status !== "created" &&
    isDead(agent) &&
    restoredOf(agent, all) === undefined;
  const agents = all.filter(hasReplaced);
  if (agents.length === 0) return;
  const used = new Set(all.flatMap(({ mounts }) => mounts.map(({ name }) => name)));
  const volumes = await engine.listVolumes(labelKeys.agentId);
  for (const { name, labels } of agents) {
    const own = volumeName(labels[labelKeys.agentId] ?? "");
    const left = volumes.filter((one) => one.name === own || one.name.startsWith(`${own}-`));
    for (const volume of left.filter((one) => !used.has(one.name))) {
      // Another program may be making a container for it just now.
      if (await removeUnused(engine.removeVolume(volume.name)))
        tell.cleaned(`The restore of ${name} was cut off, and is finished now.`);
    }
  }
}

const graceSeconds = 10;
const quietly: Work = { onProgress: () => undefined };

/** Gives a container its name again and, where a restore has stopped it or is about to, starts it. */
async function putBack(context: AgentContext, old: ContainerFacts, wasRunning: boolean): Promise<void> {
  const { engine } = context;
  const name = nameBefore(old.name);
  // Under its own name it was not touched yet.
  if (name === undefined) return;
  await engine.renameContainer(old.id, name);
  const now = await engine.inspectContainer(old.id);
  // It may have been paused since.
  if (!wasRunning || now.status === "paused") return;
  // A running one may be on its way down: the engine goes on with a stop that nobody waits for any more.
  if (now.status === "running") await restartAgent(context, now, graceSeconds, quietly);
  else await startAgent(context, now, quietly);
}

/**
 * One under a name that a restore gave it, whose other half is gone: it is the agent. `NAME_CONFLICT` where somebody
 * took its name.
 */
export async function recoverLone(
  { engine }: AgentContext,
  agent: ContainerFacts,
  agents: readonly ContainerFacts[],
  tell: Tell,
): Promise<void> {
  const { agentName, agentId } = labelKeys;
  const name = isRestoringName(agent.name) ? agent.labels[agentName] : nameBefore(agent.name);
  if (!name) return;
  const others = agents.filter((one) => one.labels[agentId] === agent.labels[agentId]);
  if (others.length > 1) return;
  await engine.renameContainer(agent.id, name);
  tell.cleaned(`${name} has its name again after a restore that was cut off.`);
}
