import { roleLabel } from "../../model/labels.js";
import { snapshotLabel } from "../../model/snapshot.js";
import type { Engine } from "../../ports/engine.js";
import type { AgentContext, Work } from "../context.js";
import type { FoundSnapshot } from "./find.js";
import { carrierRole, carrierUseLabel, makeCarrier } from "./keptFiles.js";

/** A container with the files of a snapshot, to be read and never started. */
export interface Shown {
  containerId: string;
  /** Whether what the agent kept in /mngr is on it: `lost` where the snapshot's volume is not on this engine. */
  kept: "there" | "none" | "lost";
}

/** Makes one; who makes it removes it. `owner` marks it, so that it goes when this process dies. */
export async function showSnapshot(
  { engine }: AgentContext,
  { record, imageId }: FoundSnapshot,
  { owner, signal }: Pick<Work, "owner" | "signal">,
): Promise<Shown> {
  const { volume } = record;
  const there = volume !== null && (await engine.findVolume(volume, signal)) !== undefined;
  // Not handed the signal: an aborted request may still have made the container.
  const shown = { ...record, volume: there ? volume : null };
  const containerId = await makeCarrier(engine, shown, imageId, { use: "showing", owner });
  return { containerId, kept: there ? "there" : volume === null ? "none" : "lost" };
}

/** Works on the files of a snapshot; the container is gone when this settles. */
export async function withShown<T>(
  context: AgentContext,
  found: FoundSnapshot,
  work: Pick<Work, "owner" | "signal">,
  use: (shown: Shown) => Promise<T>,
): Promise<T> {
  const shown = await showSnapshot(context, found, work);
  try {
    work.signal?.throwIfAborted();
    return await use(shown);
  } finally {
    await context.engine.removeContainer(shown.containerId);
  }
}

/** Removes what shows a snapshot that is to be deleted, whoever reads it. */
export async function endShowing(engine: Engine, snapshotId: string, signal?: AbortSignal): Promise<void> {
  const containers = await engine.listContainers(`${snapshotLabel}=${snapshotId}`, signal);
  for (const { id, labels } of containers) {
    const shows = labels[roleLabel] === carrierRole && labels[carrierUseLabel] === "showing";
    if (shows) await engine.removeContainer(id);
  }
}
