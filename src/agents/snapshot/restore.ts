import { randomBytes } from "node:crypto";
import type { ContainerBody } from "../../model/containerBody.js";
import { AgentError, isAgentError } from "../../model/errors.js";
import {
  isWaitingName,
  replacedName,
  replacesLabel,
  restoringName,
  wasRunningLabel,
} from "../../model/currentAgents.js";
import { labelKeys } from "../../model/labels.js";
import { fromSnapshotLabel, snapshotLabel } from "../../model/snapshot.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { readPreparedImage } from "../../image/preparedImage.js";
import { renderOwnFolder } from "../../workspace/agentFiles.js";
import { together } from "../../util/together.js";
import { busy, claim } from "../claim.js";
import type { AgentContext, Work } from "../context.js";
import { requireLabels } from "../facts.js";
import { welcomeAgent } from "../lifecycle.js";
import { owned } from "../owned.js";
import { volumeName } from "../plan.js";
import { startOnNetwork } from "../startOnNetwork.js";
import { UndoStack, undone } from "../undo.js";
import type { FoundSnapshot } from "./find.js";
import { giveBack, giveIdentity, makeCarrier, removeMade } from "./keptFiles.js";
import { removeReplaced, stateVolumeOf } from "./replaced.js";

const graceSeconds = 10;
const stateFolder = "/mngr-state";

/** The same container over another image and another state volume. Pure. */
export function renderRestored(
  body: ContainerBody,
  image: string,
  volume: string,
  snapshotId: string,
): ContainerBody {
  const labels = Object.entries(body.Labels ?? {})
    // The image says itself how it was prepared.
    .filter(([key]) => !key.startsWith("agent-containers.prepared."));
  return {
    ...body,
    Image: image,
    Labels: { ...Object.fromEntries(labels), [snapshotLabel]: "", [fromSnapshotLabel]: snapshotId },
    HostConfig: {
      ...body.HostConfig,
      Mounts: (body.HostConfig?.Mounts ?? []).map((mount) =>
        mount.Target === stateFolder ? { ...mount, Source: volume } : mount,
      ),
    },
  };
}

/**
 * Puts an agent back to one of its snapshots, in place (SPEC S3): files, environment, command and what it kept in
 * /mngr; id, alias, keys, ports and limits stay. The agent as it was is set aside until the restored one has taken a
 * login, and comes back when that fails. Ends running. Errors: `SNAPSHOT_NOT_FOUND` (also for another agent's:
 * those are forked), `BUSY` while another client restores it, `START_FAILED`, `SSH_UNREACHABLE`, `NO_SPACE`.
 */
export async function restoreAgent(
  context: AgentContext,
  facts: ContainerFacts,
  found: FoundSnapshot,
  work: Work,
): Promise<ContainerFacts> {
  const undo = new UndoStack(context.log);
  return undone(undo, work, () => restore(context, facts, found, work, undo));
}

async function restore(
  context: AgentContext,
  facts: ContainerFacts,
  { record, snapshot }: FoundSnapshot,
  work: Work,
  undo: UndoStack,
): Promise<ContainerFacts> {
  const { engine, log } = context;
  const { signal } = work;
  const labels = requireLabels(facts);
  const { agentId } = labels;
  if (record.agentId !== agentId) {
    throw new AgentError("SNAPSHOT_NOT_FOUND", `"${snapshot.name}" is a snapshot of ${record.agentName}.`, {
      field: "snapshot",
      remedy: "Fork it instead.",
    });
  }
  const [body, image] = await Promise.all([
    engine.containerBody(facts.id, signal),
    engine.inspectImage(snapshot.image, signal),
  ]);
  const replaced = stateVolumeOf(facts);
  const { uid, gid } = labels.userIds ?? readPreparedImage(image, snapshot.image, false);

  // Whatever of this has to be taken back comes last: the restored one holds its name and its ports until it is gone.
  const old = { name: facts.name, renamed: false, stopped: false };
  undo.push(`the start of ${facts.name}`, async () => {
    if (old.stopped) await unlessGone(startOnNetwork(context, facts, { onProgress: work.onProgress }));
  });
  undo.push(`the name ${facts.name}`, async () => {
    if (old.renamed) await unlessGone(engine.renameContainer(facts.id, old.name));
  });

  const mark = randomBytes(4).toString("hex");
  const volume = `${volumeName(agentId)}-${mark}`;
  const wasRunning = facts.status === "running" || facts.status === "paused";
  const marks = { [replacesLabel]: facts.id, [wasRunningLabel]: String(wasRunning) };
  work.onProgress("Putting the files back");
  undo.push(`the volume ${volume}`, () => engine.removeVolume(volume));
  const rendered = renderRestored(body, snapshot.image, volume, record.id);
  // Neither is handed the signal: an aborted request may still have made the container.
  const creating = claim(context, `${facts.name} is being restored`, async () => {
    const { id } = await engine.createContainer(
      restoringName(agentId),
      owned({ ...rendered, Labels: { ...rendered.Labels, ...marks } }, work),
    );
    return id;
  });
  undo.push("the restored container", () => removeMade(engine, creating));
  // Through it, because an engine locks a container while an archive moves: the old one could not be stopped meanwhile.
  const carrying = makeCarrier(engine, record, image.id, { use: "giving", owner: work.owner, replaced });
  undo.push("the carrier", () => removeMade(engine, carrying));
  const [now, id, carrier] = await together(
    creating.then((made) => alone(context, facts, made, agentId, signal)),
    creating,
    carrying,
  );
  old.name = now.name;
  signal?.throwIfAborted();
  if (record.volume !== null) await giveBack(engine, carrier, id, signal);

  // The old one is renamed before it is stopped: its name then tells whoever has to clean up that it is to be started.
  work.onProgress("Stopping");
  old.renamed = true;
  await engine.renameContainer(facts.id, replacedName(old.name, mark), signal);
  old.stopped = wasRunning;
  const more = record.volume === null ? renderOwnFolder(agentId, { uid, gid }) : [];
  await together(
    wasRunning ? engine.stopContainer(facts.id, graceSeconds, signal) : Promise.resolve(),
    engine.renameContainer(id, old.name, signal),
    giveIdentity(engine, carrier, id, more, signal).then(() => engine.removeContainer(carrier)),
  );
  work.onProgress("Starting");
  // The same container but for what is in it, and not yet what the caller knows.
  await startOnNetwork(context, { ...facts, id }, work);
  work.onProgress("Waiting for the first login");
  await welcomeAgent(context, { ...facts, id }, signal);

  // From here on the restored one is the agent, whether or not the old one goes quietly.
  work.onProgress("Cleaning up");
  try {
    await removeReplaced(context, facts, { id, name: replacedName(old.name, mark) });
  } catch (error) {
    if (!isAgentError(error)) throw error;
    log.warn(`${old.name}: what was before the restore is still there: ${error.message}`);
  }
  return engine.inspectContainer(id);
}

/** It may have been destroyed meanwhile, and then there is nothing to take back. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isAgentError(error, "NOT_FOUND")) throw error;
  }
}

/** The agent's container as it is now; `BUSY` where another client is still replacing it, `NOT_FOUND` when it is gone. */
async function alone(
  { engine }: AgentContext,
  { id, name }: ContainerFacts,
  restoredId: string,
  agentId: string,
  signal: AbortSignal | undefined,
): Promise<ContainerFacts> {
  const all = await engine.listContainers(`${labelKeys.agentId}=${agentId}`, signal);
  const isOfRestore = (one: ContainerFacts) => isWaitingName(one.name) || one.labels[replacesLabel] === id;
  if (all.some((one) => one.id !== restoredId && !one.labels[snapshotLabel] && isOfRestore(one))) {
    throw busy(`${name} is being restored`);
  }
  const own = all.find((one) => one.id === id);
  if (own) return own;
  throw new AgentError("NOT_FOUND", `"${name}" was removed meanwhile.`);
}
