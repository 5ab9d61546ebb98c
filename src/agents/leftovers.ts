import { initVersion } from "../image/initFiles.js";
import { preparedInitLabel, preparedLabel } from "../image/preparedImage.js";
import { dependencyFolderLabel, dependencyRole } from "../model/dependencyVolume.js";
import { messageOf } from "../model/errors.js";
import { labelKeys, roleLabel } from "../model/labels.js";
import {
  forkBaseReference,
  fromSnapshotLabel,
  isForkBaseReference,
  parseSnapshotRecord,
  snapshotLabel,
} from "../model/snapshot.js";
import type { ContainerFacts, ImageSummary, VolumeFacts } from "../ports/engine.js";
import type { AgentContext } from "./context.js";
import { listAgentContainers } from "./facts.js";
import { findLeftoverBuilds } from "./leftoverBuilds.js";
import { carrierRole, snapshotOfLabel } from "./snapshot/keptFiles.js";

/** Something of ours that nothing uses any more (SPEC L8). */
export interface Leftover {
  kind: "container" | "volume" | "network" | "image" | "ssh" | "secrets" | "record" | "state";
  /** What it is removed by: a container or image id, a name, an agent id. Unique together with the kind. */
  id: string;
  /** For people. */
  name: string;
  /** Where the engine tells it. */
  sizeBytes?: number;
  /** Why it is safe to remove, as a sentence. */
  why: string;
}

/** What is younger may belong to a create or a preparation that another process is in the middle of. */
const youngMs = 30 * 60_000;

/** Finds everything; throws when anything cannot be read, so that nothing counts as unused for that reason. */
export async function findLeftovers(context: AgentContext, signal?: AbortSignal): Promise<Leftover[]> {
  const { engine, ssh } = context;
  const [
    agents,
    builders,
    carriers,
    volumes,
    dependencies,
    kept,
    networks,
    images,
    hosts,
    secrets,
    locks,
    transfers,
    records,
    emptyState,
    snapshots,
  ] = await Promise.all([
    listAgentContainers(engine, signal),
    engine.listContainers(`${roleLabel}=prepare`, signal),
    engine.listContainers(`${roleLabel}=${carrierRole}`, signal),
    engine.listVolumes(labelKeys.agentId, signal),
    engine.listVolumes(`${roleLabel}=${dependencyRole}`, signal),
    engine.listVolumes(snapshotOfLabel, signal),
    engine.listNetworks(signal),
    engine.listImages(preparedLabel, signal),
    ssh.list(),
    context.vault.list(),
    engine.listContainers(`${roleLabel}=state-lock`, signal),
    engine.listContainers(`${roleLabel}=state-transfer`, signal),
    context.state.read(signal),
    context.state.emptyVolume(signal),
    engine.listImages(snapshotLabel, signal),
  ]);
  const ids = new Set(agents.map(({ labels }) => labels[labelKeys.agentId]));
  const old = (createdAt: Date) => context.clock.now() - createdAt.getTime() > youngMs;

  const containers = (found: readonly ContainerFacts[], why: string): Leftover[] =>
    found
      .filter(({ createdAt }) => old(createdAt))
      .map(({ id, name }) => ({ kind: "container", id, name, why }));

  const ownNetworks = networks.filter(
    ({ labels, createdAt }) => labels[roleLabel] === "network" && old(createdAt),
  );
  const unusedNetworks: Leftover[] = [];
  for (const { id, name } of ownNetworks) {
    if ((await engine.listNetworkContainers(id, signal)).length > 0) continue;
    unusedNetworks.push({ kind: "network", id, name, why: "We made it, and no container is on it." });
  }
  const builds = await findLeftoverBuilds(engine, agents, old, signal);
  const counted = new Set(builds.map(({ id }) => id));
  return [
    ...containers(builders, "It was preparing an image, and nobody waits for it any more."),
    ...containers([...locks, ...transfers], "It moved something of the state volume, and was left."),
    ...[...records.keys()]
      .filter((agentId) => !ids.has(agentId))
      .map((agentId): Leftover => {
        return { kind: "record", id: agentId, name: agentId, why: "What was kept of an agent that is gone." };
      }),
    ...unusedState(),
    ...(await unusedVolumes()),
    ...containers(carriers, "It carried a snapshot's files, and nobody waits for it."),
    ...unusedKept(kept, images, carriers),
    ...unusedNetworks,
    ...images
      .filter(({ id, createdAt }) => old(createdAt) && !counted.has(id))
      .flatMap((image) => unusedImage(image, agents)),
    ...builds,
    ...hosts
      // Those of other engines are not ours to judge from here.
      .filter((host) => host.engine === engine.name && !ids.has(host.agentId))
      .map(({ agentId, alias }): Leftover => {
        return {
          kind: "ssh",
          id: agentId,
          name: alias,
          why: "A key and a config block of an agent that is gone.",
        };
      }),
    ...secrets
      .filter((record) => record.engine === engine.name && !ids.has(record.agentId) && old(record.keptAt))
      .map(({ agentId, name }): Leftover => {
        return {
          kind: "secrets",
          id: agentId,
          name,
          why: "Where the secrets of an agent came from that is gone.",
        };
      }),
  ];

  /** Whoever writes to it next makes it again. */
  function unusedState(): Leftover[] {
    const isUsed = agents.length + locks.length + transfers.length + carriers.length > 0;
    if (emptyState === undefined || isUsed || snapshots.some(({ labels }) => labels[snapshotLabel]))
      return [];
    const why = "It is for what is kept of agents: it holds nothing, and no agent and no snapshot is left.";
    return [{ kind: "state", id: emptyState, name: emptyState, why }];
  }

  async function unusedVolumes(): Promise<Leftover[]> {
    const used = new Set(agents.flatMap(({ mounts }) => mounts.map(({ name }) => name)));
    const orphans = volumes.filter(({ labels }) => !ids.has(labels[labelKeys.agentId]));
    const shared = dependencies.filter(({ name, labels }) => !labels[labelKeys.agentId] && !used.has(name));
    if (orphans.length + shared.length === 0) return [];
    const sizes = await engine.volumeSizes(signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      // They can be judged without: what an engine is slow to count, or counts for somebody else, has no size.
      context.log.warn(`The sizes of volumes are not known: ${messageOf(error)}`);
      return new Map<string, number>();
    });
    const leftover = ({ name }: VolumeFacts, why: string): Leftover => {
      const sizeBytes = sizes.get(name);
      return { kind: "volume", id: name, name, ...(sizeBytes !== undefined && { sizeBytes }), why };
    };
    return [
      ...orphans.map((volume) => leftover(volume, "Its agent is gone from this engine.")),
      ...shared.map((volume) => {
        const folder = volume.labels[dependencyFolderLabel] ?? "a workspace";
        return leftover(volume, `Dependencies for ${folder}, which agents share; no agent uses them.`);
      }),
    ];
  }
}

/** What lay beside a snapshot that is gone. */
function unusedKept(
  volumes: readonly VolumeFacts[],
  images: readonly ImageSummary[],
  carriers: readonly ContainerFacts[],
): Leftover[] {
  const used = new Set([
    ...images.map(({ labels }) => parseSnapshotRecord(labels[snapshotLabel])?.id),
    ...carriers.map(({ labels }) => labels[snapshotLabel]),
  ]);
  return volumes
    .filter(({ labels }) => !used.has(labels[snapshotLabel]))
    .map(({ name }): Leftover => ({ kind: "volume", id: name, name, why: "Its snapshot is gone." }));
}

function unusedImage(
  { id, tags, labels, sizeBytes }: ImageSummary,
  agents: readonly ContainerFacts[],
): Leftover[] {
  if (tags.length > 0 && tags.every(isForkBaseReference)) {
    if (
      agents.some(
        ({ image, labels: { [fromSnapshotLabel]: from = "" } }) =>
          image === id || tags.includes(forkBaseReference(from)),
      )
    )
      return [];
    const [name = id] = tags;
    return [
      { kind: "image", id: name, name, sizeBytes, why: "Agents were forked from it, and they are gone." },
    ];
  }
  // A snapshot inherits these labels, and says whose it is.
  if (labels[roleLabel] !== "prepared" || labels[labelKeys.agentId] !== undefined) return [];
  if (agents.some(({ image }) => image === id || tags.includes(image))) return [];
  const name = tags[0] ?? id.slice(0, 19);
  if (tags.length === 0)
    return [{ kind: "image", id, name, sizeBytes, why: "Another prepared image took its place." }];
  if (labels[preparedInitLabel] === initVersion) return [];
  return [{ kind: "image", id, name, sizeBytes, why: "Another version of Agent Containers prepared it." }];
}
