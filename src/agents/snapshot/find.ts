import { AgentError } from "../../model/errors.js";
import {
  isSnapshotReference,
  parseSnapshotRecord,
  snapshotLabel,
  type Snapshot,
  type SnapshotRecord,
} from "../../model/snapshot.js";
import type { ImageSummary } from "../../ports/engine.js";
import { preparedLabel } from "../../image/preparedImage.js";
import type { AgentContext } from "../context.js";

/** A snapshot with what it takes to make an agent of it. */
export interface FoundSnapshot {
  snapshot: Snapshot;
  record: SnapshotRecord;
  imageId: string;
}

/** A snapshot from what its image says, its id and its size over what is below. Pure. */
export function foundSnapshot(
  context: AgentContext,
  record: SnapshotRecord,
  reference: string,
  image: { id: string; sizeBytes: number },
): FoundSnapshot {
  const { id, name, note, agentId, agentName, parentId, createdAt, excluded } = record;
  return {
    record,
    imageId: image.id,
    snapshot: {
      id,
      name,
      ...(note !== undefined && { note }),
      image: reference,
      agentId,
      agentName,
      parentId,
      createdAt,
      sizeBytes: image.sizeBytes,
      engine: context.engine.name,
      excluded,
    },
  };
}

function read(
  context: AgentContext,
  image: ImageSummary,
  sizes: ReadonlyMap<string, number>,
): FoundSnapshot | undefined {
  const reference = image.tags.find(isSnapshotReference);
  const record = parseSnapshotRecord(image.labels[snapshotLabel]);
  if (reference === undefined || !record) return undefined;
  const sizeBytes = image.sizeBytes - (sizes.get(image.parentId) ?? 0);
  return foundSnapshot(context, record, reference, { id: image.id, sizeBytes });
}

/**
 * The snapshots of one engine, newest first, in one request (SPEC S1): images with our label and our tag. Those that
 * cannot be read are left alone.
 */
export async function findSnapshots(context: AgentContext, signal?: AbortSignal): Promise<FoundSnapshot[]> {
  // Snapshots inherit this label from the prepared images they stand on, whose sizes are wanted too.
  const images = await context.engine.listImages(preparedLabel, signal);
  const sizes = new Map(images.map(({ id, sizeBytes }) => [id, sizeBytes]));
  return images
    .flatMap((image) => read(context, image, sizes) ?? [])
    .sort((a, b) => (a.snapshot.createdAt < b.snapshot.createdAt ? 1 : -1));
}

/**
 * The one that `wanted` means: an id, a name among those of `agentId`, or a reference. Throws `SNAPSHOT_NOT_FOUND`, or
 * `AMBIGUOUS` naming the ids.
 */
export function chooseSnapshot(
  found: readonly FoundSnapshot[],
  wanted: string,
  agentId?: string,
): FoundSnapshot {
  const own = agentId === undefined ? found : found.filter(({ snapshot }) => snapshot.agentId === agentId);
  const exact = own.filter(({ snapshot }) => snapshot.id === wanted || snapshot.image === wanted);
  const matches = exact.length > 0 ? exact : own.filter(({ snapshot }) => snapshot.name === wanted);
  const [first] = matches;
  if (matches.length === 1 && first) return first;
  if (first) {
    const ids = matches.map(({ snapshot }) => snapshot.id).join(", ");
    throw new AgentError("AMBIGUOUS", `Several snapshots are named "${wanted}": ${ids}.`, {
      field: "snapshot",
      remedy: "Give the id of the one you mean.",
    });
  }
  throw new AgentError("SNAPSHOT_NOT_FOUND", `There is no snapshot "${wanted}".`, {
    field: "snapshot",
    remedy: "See the list of snapshots for names and ids.",
  });
}
