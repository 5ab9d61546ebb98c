import { initVersion } from "../image/initFiles.js";
import { preparedInitLabel, preparedLabel } from "../image/preparedImage.js";
import { labelKeys, roleLabel } from "../model/labels.js";
import type { ContainerFacts, ImageSummary } from "../ports/engine.js";
import type { AgentContext } from "./context.js";
import { listAgentContainers } from "./facts.js";

/** Something of ours that nothing uses any more (SPEC L8). */
export interface Leftover {
  kind: "container" | "volume" | "network" | "image" | "ssh";
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
  const [agents, builders, volumes, networks, images, hosts] = await Promise.all([
    listAgentContainers(engine, signal),
    engine.listContainers(`${roleLabel}=prepare`, signal),
    engine.listVolumes(labelKeys.agentId, signal),
    engine.listNetworks(signal),
    engine.listImages(preparedLabel, signal),
    ssh.list(),
  ]);
  const ids = new Set(agents.map(({ labels }) => labels[labelKeys.agentId]));
  const old = (createdAt: Date) => context.clock.now() - createdAt.getTime() > youngMs;

  const ownNetworks = networks.filter(
    ({ labels, createdAt }) => labels[roleLabel] === "network" && old(createdAt),
  );
  const unusedNetworks: Leftover[] = [];
  for (const { id, name } of ownNetworks) {
    if ((await engine.listNetworkContainers(id, signal)).length > 0) continue;
    unusedNetworks.push({ kind: "network", id, name, why: "We made it, and no container is on it." });
  }
  return [
    ...builders
      .filter(({ createdAt }) => old(createdAt))
      .map(({ id, name }): Leftover => {
        return {
          kind: "container",
          id,
          name,
          why: "It was preparing an image, and nobody waits for it any more.",
        };
      }),
    ...volumes
      .filter(({ labels }) => !ids.has(labels[labelKeys.agentId]))
      .map(({ name }): Leftover => {
        return { kind: "volume", id: name, name, why: "Its agent is gone from this engine." };
      }),
    ...unusedNetworks,
    ...images.filter((image) => old(image.createdAt)).flatMap((image) => unusedImage(image, agents)),
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
  ];
}

function unusedImage(
  { id, tags, labels, sizeBytes }: ImageSummary,
  agents: readonly ContainerFacts[],
): Leftover[] {
  // A snapshot inherits these labels, and says whose it is.
  if (labels[roleLabel] !== "prepared" || labels[labelKeys.agentId] !== undefined) return [];
  if (agents.some(({ image }) => image === id || tags.includes(image))) return [];
  const name = tags[0] ?? id.slice(0, 19);
  if (tags.length === 0)
    return [{ kind: "image", id, name, sizeBytes, why: "Another prepared image took its place." }];
  if (labels[preparedInitLabel] === initVersion) return [];
  return [{ kind: "image", id, name, sizeBytes, why: "Another version of Agent Containers prepared it." }];
}
