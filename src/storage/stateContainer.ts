import { randomBytes } from "node:crypto";
import { AgentError, isAgentError } from "../model/errors.js";
import { identityLabels, roleLabel } from "../model/labels.js";
import type { ContainerBody } from "../model/containerBody.js";
import type { Engine } from "../ports/engine.js";

/** Where the volume is in each of its containers. */
export const statePath = "/agent-containers-state";

/** Names the volume on each container that has it. */
export const stateVolumeLabel = "agent-containers.state-volume";

/** What a container with the volume is for: it serves reads, it is the lock, or it moves one archive. */
export type StateRole = "state" | "state-lock" | "state-transfer";

/** One engine's state volume, and what containers for it can be made from. */
export interface StateStore {
  engine: Engine;
  /** The name of the volume. */
  volume: string;
  /** Images that are probably on the engine, the likeliest first. */
  images: () => readonly string[];
}

/** Containers with the volume in that role. One request. */
export async function findStateContainers(
  { engine, volume }: StateStore,
  role: StateRole,
  signal?: AbortSignal,
) {
  const found = await engine.listContainers(`${stateVolumeLabel}=${volume}`, signal);
  return found.filter(({ labels }) => labels[roleLabel] === role);
}

const bodyOf = (
  volume: string,
  image: string,
  role: StateRole,
  labels: Record<string, string>,
): ContainerBody => ({
  Image: image,
  // Never run: an image need not have it, but the engine wants a command.
  Cmd: ["true"],
  Labels: { ...labels, [roleLabel]: role, [stateVolumeLabel]: volume },
  HostConfig: {
    NetworkMode: "none",
    Mounts: [
      {
        Type: "volume",
        Source: volume,
        Target: statePath,
        VolumeOptions: { NoCopy: true, Labels: { [roleLabel]: "state" } },
      },
    ],
  },
});

/**
 * Makes a container with the volume, which is never started, from whatever image the engine has. `NAME_CONFLICT`
 * where the name is taken: the engine gives a name to one of several askers only. `IMAGE_NOT_FOUND` where it has no
 * image at all.
 */
export async function makeStateContainer(
  store: StateStore,
  name: string,
  role: StateRole,
  labels: Record<string, string> = {},
): Promise<string> {
  const { engine, volume } = store;
  for await (const image of usableImages(store)) {
    try {
      // Without a signal: an aborted request may still have made it, and then nobody would know.
      return (await engine.createContainer(name, bodyOf(volume, image, role, labels))).id;
    } catch (error) {
      // Removed since it was looked at.
      if (!isAgentError(error, "IMAGE_NOT_FOUND")) throw error;
    }
  }
  throw new AgentError("IMAGE_NOT_FOUND", `There is no image on ${engine.name} to keep state with.`, {
    remedy: "Create an agent first, or pull any image.",
  });
}

/** A container inherits the labels of its image: one that says it is an agent would be listed as one. */
const isNeutral = (labels: Readonly<Record<string, string>>) =>
  identityLabels.every((key) => labels[key] === undefined);

async function* usableImages({ engine, images }: StateStore): AsyncGenerator<string> {
  for (const reference of new Set(images())) {
    try {
      const { id, labels } = await engine.inspectImage(reference);
      if (isNeutral(labels)) yield id;
    } catch (error) {
      if (!isAgentError(error, "IMAGE_NOT_FOUND")) throw error;
    }
  }
  for (const { id, labels } of await engine.listImages()) if (isNeutral(labels)) yield id;
}

/** The container that serves reads; made where there is none. Only under the lock, so that there is one. */
export async function ensureServing(store: StateStore): Promise<string> {
  const [found] = await findStateContainers(store, "state");
  if (found) return found.id;
  try {
    return await makeStateContainer(store, store.volume, "state");
  } catch (error) {
    // Somebody else's container has our name; ours is found by its label.
    if (!isAgentError(error, "NAME_CONFLICT")) throw error;
    return makeStateContainer(store, `${store.volume}-${randomBytes(4).toString("hex")}`, "state");
  }
}
