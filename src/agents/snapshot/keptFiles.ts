import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { isAgentError } from "../../model/errors.js";
import { roleLabel, type AgentLabels } from "../../model/labels.js";
import { sessionsFolder } from "../../model/sessionSpec.js";
import { snapshotLabel, type SnapshotRecord } from "../../model/snapshot.js";
import { together } from "../../util/together.js";
import type { Engine } from "../../ports/engine.js";
import { ownerLabel } from "../owner.js";
import { isEmptyTree } from "../../workspace/emptyTree.js";

/** Where an agent's own files are on its volume. */
export const keptFolder = (agentId: string) => `/mngr-state/volumes/${agentId}`;

/** What carries files into and out of a snapshot's volume: a container that never runs, and is gone afterwards. */
export const carrierRole = "snapshot-carrier";
/** On a carrier and its volume: the agent whose files it holds. */
export const snapshotOfLabel = "agent-containers.snapshot-of";
/** On a carrier: the container that was frozen while it was filled, to be thawed if nobody is left to do it. */
export const frozenLabel = "agent-containers.frozen";
/** On a carrier: its `use`. */
export const carrierUseLabel = "agent-containers.carrier";

const mountPoint = "/mngr-state";

/** True when the agent keeps nothing in /mngr, and no definitions of sessions. */
export async function keepsNothing(
  engine: Engine,
  containerId: string,
  { agentId, sessions }: Pick<AgentLabels, "agentId" | "sessions">,
  signal?: AbortSignal,
): Promise<boolean> {
  if (sessions) return false;
  return isEmptyTree(await engine.getArchive(containerId, `${keptFolder(agentId)}/.`, signal));
}

/** What a carrier is for. */
export interface CarrierUse {
  /**
   * `taking` fills the volume of a snapshot that is not finished; there is one for each agent at a time. `showing` is
   * read by who compares, and goes whenever the snapshot does.
   */
  use: "taking" | "giving" | "showing";
  owner?: string;
  /** The container that is frozen meanwhile. */
  frozen?: string;
}

/**
 * Makes the carrier of a snapshot's volume, where it has one, and with it the volume. `image` is any that the engine
 * has: nothing of it runs. `NAME_CONFLICT` where somebody is taking a snapshot of the same agent.
 */
export async function makeCarrier(
  engine: Engine,
  { id: snapshotId, agentId, volume }: Pick<SnapshotRecord, "id" | "agentId" | "volume">,
  image: string,
  { use, owner = "", frozen = "" }: CarrierUse,
): Promise<string> {
  const marks = { [snapshotLabel]: snapshotId, [snapshotOfLabel]: agentId };
  const labels = { ...marks, [roleLabel]: carrierRole, [ownerLabel]: owner, [carrierUseLabel]: use };
  const name =
    use === "taking" ? `agent-containers-snapshot-of-${agentId}` : `agent-containers-carrier-${randomUUID()}`;
  const { id } = await engine.createContainer(name, {
    Image: image,
    Labels: { ...labels, [frozenLabel]: frozen },
    HostConfig: {
      NetworkMode: "none",
      Mounts:
        volume === null
          ? []
          : [
              {
                Type: "volume",
                Source: volume,
                Target: mountPoint,
                VolumeOptions: { Labels: { ...marks, [roleLabel]: "snapshot" }, NoCopy: true },
              },
            ],
    },
  });
  return id;
}

/** Copies a folder into a folder of another container, through this process but never whole in it. */
async function copyFolder(
  engine: Engine,
  from: { id: string; path: string },
  to: { id: string; path: string },
  signal?: AbortSignal,
): Promise<void> {
  const archive = await engine.getArchive(from.id, from.path, signal);
  await engine.putArchive(to.id, to.path, archive, signal);
}

/** The same for the definitions of sessions, from one state volume to another. Not every agent has some. */
async function copySessions(engine: Engine, from: string, to: string, signal?: AbortSignal): Promise<void> {
  try {
    const path = `${mountPoint}/${sessionsFolder}`;
    await copyFolder(engine, { id: from, path }, { id: to, path: mountPoint }, signal);
  } catch (error) {
    if (!isAgentError(error, "NOT_FOUND")) throw error;
  }
}

/** Puts what an agent keeps into the volume that `carrier` carries, each in the place where the agent has it. */
export async function keepFiles(
  engine: Engine,
  agent: { containerId: string; agentId: string },
  carrier: string,
  signal?: AbortSignal,
): Promise<void> {
  // With the folder itself: it brings its path along.
  const from = { id: agent.containerId, path: posix.dirname(keptFolder(agent.agentId)) };
  await together(
    copyFolder(engine, from, { id: carrier, path: mountPoint }, signal),
    copySessions(engine, agent.containerId, carrier, signal),
  );
}

/** Gives what a snapshot of agent `from` kept to another container, whose own folder on its volume is there and empty. */
export async function giveFiles(
  engine: Engine,
  carrier: { id: string; from: string },
  agent: { containerId: string; agentId: string },
  signal?: AbortSignal,
): Promise<void> {
  const { id, from } = carrier;
  const to = { id: agent.containerId, path: keptFolder(agent.agentId) };
  await together(
    copyFolder(engine, { id, path: `${keptFolder(from)}/.` }, to, signal),
    copySessions(engine, id, agent.containerId, signal),
  );
}
