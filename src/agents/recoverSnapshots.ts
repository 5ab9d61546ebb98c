import { isAgentError } from "../model/errors.js";
import {
  forkBaseReference,
  fromSnapshotLabel,
  isForkBaseReference,
  isUnfinishedReference,
  parseSnapshotRecord,
  snapshotLabel,
  snapshotVolume,
  unfinishedReference,
} from "../model/snapshot.js";
import type { ContainerFacts, Engine, ImageSummary } from "../ports/engine.js";
import type { AgentContext } from "./context.js";
import { ownerIsDead } from "./owner.js";
import type { Tell } from "./recover.js";
import { carrierUseLabel, frozenLabel } from "./snapshot/keptFiles.js";

/** Removes it unless something uses it; true when it is gone. */
export async function removeUnused(remove: Promise<void>): Promise<boolean> {
  try {
    await remove;
    return true;
  } catch (error) {
    if (!isAgentError(error, "ENGINE_FAILED")) throw error;
    return false;
  }
}

/** What stood still for the snapshot goes on. */
async function thaw(engine: Engine, containerId: string): Promise<void> {
  try {
    await engine.unpauseContainer(containerId);
  } catch (error) {
    // Stopped or gone meanwhile: then it stands still no more.
    if (!isAgentError(error, "NOT_FOUND") && !isAgentError(error, "NOT_RUNNING")) throw error;
  }
}

/**
 * What carried a snapshot's files for a verb that died. A snapshot that was not finished goes with its volume; one that
 * was stays as it is.
 */
export async function recoverCarrier(
  { engine }: AgentContext,
  carrier: ContainerFacts,
  tell: Tell,
): Promise<void> {
  const { [frozenLabel]: frozen, [snapshotLabel]: id = "", [carrierUseLabel]: use } = carrier.labels;
  if (frozen) await thaw(engine, frozen);
  if (use !== "taking") {
    await engine.removeContainer(carrier.id);
    return;
  }
  const finished = (await engine.listImages(snapshotLabel)).some(
    ({ labels, tags }) =>
      parseSnapshotRecord(labels[snapshotLabel])?.id === id && !tags.every(isUnfinishedReference),
  );
  await engine.removeImage(unfinishedReference(id));
  await engine.removeContainer(carrier.id);
  if (finished) return;
  await engine.removeVolume(snapshotVolume(id));
  tell.cleaned("A snapshot was cut off; what there was of it is removed, and its agent goes on.");
}

/**
 * Images of verbs that died: snapshots that were not finished (an engine goes on with a commit when nobody waits for it
 * any more), and what forks were to stand on. `users`: agents, and what belongs to verbs that are under way.
 */
export async function recoverImages(
  { engine, clock }: AgentContext,
  images: readonly ImageSummary[],
  users: readonly ContainerFacts[],
  tell: Tell,
): Promise<void> {
  for (const { labels, tags, createdAt } of images) {
    const record = parseSnapshotRecord(labels[snapshotLabel]);
    if (!record || tags.length === 0) continue;
    if (!ownerIsDead(record.owner, clock.now() - createdAt.getTime())) continue;
    const uses = ({ labels: of }: ContainerFacts) =>
      of[snapshotLabel] === record.id || of[fromSnapshotLabel] === record.id;
    if (users.some(uses)) continue;
    if (tags.some(isUnfinishedReference)) {
      const alone = tags.every(isUnfinishedReference);
      await engine.removeImage(unfinishedReference(record.id));
      if (!alone) continue;
      if (record.volume !== null) await engine.removeVolume(record.volume);
      tell.cleaned(`A snapshot of ${record.agentName} was cut off; what there was of it is removed.`);
    } else if (tags.every(isForkBaseReference)) {
      if (await removeUnused(engine.removeImage(forkBaseReference(record.id)))) {
        tell.cleaned(`What a fork of ${record.agentName} was to stand on is removed.`);
      }
      // No snapshot is left that could want it, and agents have volumes of their own.
      if (record.volume !== null) await removeUnused(engine.removeVolume(record.volume));
    }
  }
}
