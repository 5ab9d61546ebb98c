import { randomUUID } from "node:crypto";
import { posix } from "node:path";
import { isAgentError, messageOf, toAgentError } from "../../model/errors.js";
import { roleLabel, type AgentLabels } from "../../model/labels.js";
import { sessionsFolder } from "../../model/sessionSpec.js";
import { snapshotLabel, type SnapshotRecord } from "../../model/snapshot.js";
import { together } from "../../util/together.js";
import type { ContainerFacts, Engine } from "../../ports/engine.js";
import { collect } from "../../util/sinks.js";
import type { AgentContext } from "../context.js";
import { requireLabels } from "../facts.js";
import { ownerLabel } from "../owner.js";
import { untouchedTime } from "../../workspace/agentFiles.js";
import { packIdentity } from "../../workspace/identityFiles.js";
import type { TarEntry } from "../../workspace/packTar.js";

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

/** True when the agent never kept anything in /mngr, and has no definitions of sessions. */
export async function keepsNothing(
  engine: Engine,
  containerId: string,
  { agentId, sessions }: Pick<AgentLabels, "agentId" | "sessions">,
  signal?: AbortSignal,
): Promise<boolean> {
  if (sessions) return false;
  const changed = await engine.modifiedAt(containerId, keptFolder(agentId), signal);
  return changed.getTime() === untouchedTime.getTime();
}

/** How many bytes a running agent keeps in /mngr; 0 where that cannot be told. */
export async function sizeOfKept(
  { engine, log }: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<number> {
  const said = collect();
  const problem = collect();
  try {
    const { agentId } = requireLabels(facts);
    if (await keepsNothing(engine, facts.id, { agentId }, signal)) return 0;
    const command = ["du", "-skx", keptFolder(agentId)];
    const request = { command, user: "root", stdout: said.stream, stderr: problem.stream };
    await engine.exec(facts.id, request, signal);
  } catch (error) {
    if (toAgentError(error).code === "CANCELLED") throw error;
    log.warn(`${facts.name}: the size of /mngr is not known: ${messageOf(error)}`);
    return 0;
  }
  // It counts what it can see also where it says that this is not all.
  const kilobytes = Number.parseInt(said.text(), 10);
  if (!Number.isNaN(kilobytes)) return kilobytes * 1024;
  log.warn(`${facts.name}: the size of /mngr is not known: ${problem.text()}`);
  return 0;
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
  /** The state volume of a container whose place another one takes: who the agent is, is read from it. */
  replaced?: string;
}

/** Where a carrier has the state volume of the container whose place another one takes. */
const replacedPoint = "/replaced";

/**
 * Makes the carrier of a snapshot's volume, where it has one, and with it the volume. `image` is any that the engine
 * has: nothing of it runs. `NAME_CONFLICT` where somebody is taking a snapshot of the same agent.
 */
export async function makeCarrier(
  engine: Engine,
  { id: snapshotId, agentId, volume }: Pick<SnapshotRecord, "id" | "agentId" | "volume">,
  image: string,
  { use, owner = "", frozen = "", replaced }: CarrierUse,
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
      Mounts: [
        ...(volume === null ? [] : [mounted(volume, mountPoint, { ...marks, [roleLabel]: "snapshot" })]),
        ...(replaced === undefined ? [] : [mounted(replaced, replacedPoint)]),
      ],
    },
  });
  return id;
}

const mounted = (Source: string, Target: string, Labels = {}) =>
  ({ Type: "volume", Source, Target, VolumeOptions: { Labels, NoCopy: true } }) as const;

/** What is being made is removed once it is there. */
export async function removeMade(engine: Engine, making: Promise<string>): Promise<void> {
  // It failed: then there is none.
  const id = await making.catch(() => undefined);
  if (id !== undefined) await engine.removeContainer(id);
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

/** Gives an agent back what a snapshot of it kept. It goes to where it was, and brings its folders along. */
export async function giveBack(
  engine: Engine,
  carrier: string,
  containerId: string,
  signal?: AbortSignal,
): Promise<void> {
  const from = { id: carrier, path: `${mountPoint}/.` };
  await copyFolder(engine, from, { id: containerId, path: mountPoint }, signal);
}

/** Gives a container the identity of the one whose place it takes, through their carrier; and `more` files. */
export async function giveIdentity(
  engine: Engine,
  carrier: string,
  containerId: string,
  more: readonly TarEntry[],
  signal?: AbortSignal,
): Promise<void> {
  const volume = await engine.getArchive(carrier, `${replacedPoint}/.`, signal);
  await engine.putArchive(containerId, "/", packIdentity(volume, more, signal), signal);
}
