import { randomBytes } from "node:crypto";
import { quotedWord } from "../../image/dockerfileWord.js";
import { AgentError } from "../../model/errors.js";
import { parseLabels } from "../../model/labels.js";
import type { SnapshotOptions } from "../../model/options.js";
import {
  forkBaseReference,
  fromSnapshotLabel,
  recipeOf,
  snapshotLabel,
  snapshotReference,
  snapshotVolume,
  unfinishedReference,
  type Excluded,
  type SnapshotRecord,
} from "../../model/snapshot.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { claim } from "../claim.js";
import type { AgentContext, Work } from "../context.js";
import { requireLabels } from "../facts.js";
import { UndoStack, undone } from "../undo.js";
import { findExcluded } from "./excluded.js";
import { estimateFreeze, learnCommit } from "./freezeEstimate.js";
import { foundSnapshot, type FoundSnapshot } from "./find.js";
import { keepFiles, keepsNothing, makeCarrier, sizeOfKept } from "./keptFiles.js";

/** `hidden`: it serves a fork of a live agent, and is nobody's snapshot. */
export type TakeOptions = SnapshotOptions & { hidden?: boolean };

/** What there is to say before a snapshot is taken. */
export interface SnapshotPreview {
  excluded: readonly Excluded[];
  /** Bytes that the agent has written over its image. */
  writtenBytes: number;
  /** How long the agent stands still while they are read, when it is frozen; a guess. */
  freezeMs: number;
  /** True where its spec forbids one that leaves these out: it would be refused as `SNAPSHOT_LOSSY`. */
  forbidden: boolean;
}

/** What a snapshot would not hold, and what it would cost. Nothing is changed. */
export async function previewSnapshot(
  context: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<SnapshotPreview> {
  const { engine } = context;
  const [body, writtenBytes, keptBytes] = await Promise.all([
    engine.containerBody(facts.id, signal),
    engine.writtenBytes(facts.id, signal),
    facts.status === "running" ? sizeOfKept(context, facts, signal) : 0,
  ]);
  const excluded = await findExcluded(engine, facts, body, signal);
  const freezeMs =
    facts.status === "running" ? estimateFreeze(engine, { written: writtenBytes, kept: keptBytes }) : 0;
  return { excluded, writtenBytes, freezeMs, forbidden: isForbidden(facts, excluded) };
}

/** The spec may forbid a snapshot that would lose data (SPEC S2). */
function isForbidden(facts: ContainerFacts, excluded: readonly Excluded[]): boolean {
  const labels = parseLabels(facts.labels);
  return labels.ok && labels.value.lossless === true && excluded.length > 0;
}

function refuseLossy(facts: ContainerFacts, excluded: readonly Excluded[]): void {
  if (!isForbidden(facts, excluded)) return;
  const names = excluded.map(({ kind, path }) => `${path} (${kind})`).join(", ");
  throw new AgentError("SNAPSHOT_LOSSY", `A snapshot of ${facts.name} would not hold ${names}.`, {
    remedy:
      'Its spec asks for snapshots: "lossless". Make an agent without these mounts, or without that rule.',
  });
}

/**
 * Takes a snapshot of a running, paused or stopped agent (SPEC S1): an image, and beside it a volume with what the
 * agent keeps in /mngr, both of the same moment unless `pause` is false. A failure or a cancel leaves nothing. Errors:
 * `SNAPSHOT_LOSSY`, `NO_SPACE`, `NOT_FOUND`, `BUSY` while another client takes one.
 */
export async function takeSnapshot(
  context: AgentContext,
  facts: ContainerFacts,
  options: TakeOptions,
  work: Work,
): Promise<FoundSnapshot> {
  const undo = new UndoStack(context.log);
  return undone(undo, work, () => take(context, facts, options, work, undo));
}

async function take(
  context: AgentContext,
  facts: ContainerFacts,
  { name, note, pause, hidden }: TakeOptions,
  work: Work,
  undo: UndoStack,
): Promise<FoundSnapshot> {
  const { engine, clock, log } = context;
  const { signal } = work;
  const labels = requireLabels(facts);
  const { agentId } = labels;
  work.onProgress("Looking at what there is");
  const [now, body, empty] = await Promise.all([
    engine.inspectContainer(facts.id, signal),
    engine.containerBody(facts.id, signal),
    keepsNothing(engine, facts.id, labels, signal),
  ]);
  const excluded = await findExcluded(engine, now, body, signal);
  refuseLossy(now, excluded);

  const id = randomBytes(4).toString("hex");
  const reference = hidden ? forkBaseReference(id) : snapshotReference(agentId, id);
  const record: SnapshotRecord = {
    schema: 1,
    id,
    agentId,
    agentName: now.name,
    name: name ?? `${now.name}-${id}`,
    ...(note !== undefined && { note }),
    parentId: now.labels[fromSnapshotLabel] ?? null,
    createdAt: new Date(clock.now()).toISOString(),
    volume: empty ? null : snapshotVolume(id),
    excluded,
    ...(work.owner !== undefined && { owner: work.owner }),
    ...recipeOf(body),
  };
  const freeze = pause && now.status === "running";
  const saving = () => work.onProgress("Saving", freeze ? "the agent stands still meanwhile" : undefined);
  const commit = (as: string, ownPause: boolean) => {
    // Not handed the signal: an engine does not stop a commit, and only its end says what there is to remove.
    const begun = clock.now();
    const request = {
      reference: as,
      pause: ownPause,
      comment: "agent-containers: snapshot",
      changes: [`LABEL ${snapshotLabel}=${quotedWord(JSON.stringify(record))}`],
    };
    const committing = engine
      .commitContainer(facts.id, request)
      .then((imageId) => ({ imageId, ms: clock.now() - begun }));
    undo.push(`the image ${as}`, async () => {
      // It failed: then there is no image.
      await committing.catch(() => undefined);
      await engine.removeImage(as);
    });
    return committing;
  };
  // Told as what it adds; asked beside the work.
  const below = engine.inspectImage(body.Image, signal).then(
    ({ sizeBytes }) => sizeBytes,
    () => 0,
  );
  const found = async ({ imageId, ms }: { imageId: string; ms: number }): Promise<FoundSnapshot> => {
    const [whole, belowBytes] = await Promise.all([engine.inspectImage(imageId), below]);
    const sizeBytes = whole.sizeBytes - belowBytes;
    learnCommit(engine, sizeBytes, ms);
    log.info(`snapshot ${now.name}: ${reference}`);
    return foundSnapshot(context, record, reference, { id: imageId, sizeBytes });
  };

  if (empty) {
    // Nothing else is read: the engine freezes and thaws by itself, and finishes, whatever becomes of us.
    saving();
    const committed = await commit(reference, freeze);
    signal?.throwIfAborted();
    return found(committed);
  }

  undo.push(`the volume ${snapshotVolume(id)}`, () => engine.removeVolume(snapshotVolume(id)));
  const use = { use: "taking", owner: work.owner, frozen: freeze ? facts.id : undefined } as const;
  const carrier = await claim(context, `a snapshot of ${now.name} is being taken`, () =>
    makeCarrier(engine, record, body.Image, use),
  );
  undo.push("the carrier", () => engine.removeContainer(carrier));
  saving();
  const save = async () => {
    const committing = commit(unfinishedReference(id), false);
    const keeping = keepFiles(engine, { containerId: facts.id, agentId }, carrier, signal);
    await Promise.allSettled([committing, keeping]);
    await keeping;
    return committing;
  };
  const committed = await (freeze ? engine.whileFrozen(facts.id, save, signal) : save());
  signal?.throwIfAborted();
  // This makes it a snapshot, for everybody and at once.
  undo.push(`the image ${reference}`, () => engine.removeImage(reference));
  await engine.tagImage(committed.imageId, reference);
  const [taken] = await Promise.all([
    found(committed),
    engine.removeImage(unfinishedReference(id)),
    engine.removeContainer(carrier),
  ]);
  return taken;
}
