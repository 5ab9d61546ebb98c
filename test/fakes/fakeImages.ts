import { AgentError } from "../../src/model/errors.js";
import { splitReference } from "../../src/engine/imageReference.js";
import type { Engine } from "../../src/ports/engine.js";
import { findContainer } from "./fakeContainers.js";
import type { FakeImage, FakeState } from "./fakeState.js";
import { hasLabel, newId, pass } from "./fakeState.js";

type Images = Pick<
  Engine,
  "inspectImage" | "listImages" | "pullImage" | "commitContainer" | "tagImage" | "removeImage"
>;

function withTag(reference: string): string {
  const { repository, tag } = splitReference(reference);
  return tag === undefined || reference.startsWith("sha256:") ? reference : `${repository}:${tag}`;
}

export function addImage(state: FakeState, reference: string, parts: Partial<FakeImage> = {}): FakeImage {
  const tag = withTag(reference);
  for (const other of state.images.values()) other.tags = other.tags.filter((one) => one !== tag);
  const image = {
    id: `sha256:${newId()}`,
    tags: [tag],
    labels: {},
    env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    createdAt: new Date(),
    body: {},
    ...parts,
  };
  state.images.set(image.id, image);
  return image;
}

/** `registry` holds the references that can be pulled. */
export function createFakeImages(state: FakeState, registry: Set<string>): Images {
  const find = (reference: string) =>
    [...state.images.values()].find(({ id, tags }) => id === reference || tags.includes(withTag(reference)));
  const missing = (reference: string) =>
    new AgentError("IMAGE_NOT_FOUND", `The image ${reference} is not on this engine.`);

  return {
    async inspectImage(reference, signal) {
      await pass(state, "inspectImage", [reference], signal);
      const image = find(reference);
      if (!image) throw missing(reference);
      const { id, tags, labels, env, body } = image;
      return {
        id,
        tags: [...tags],
        labels: { ...labels },
        env: [...env],
        workingDir: body.WorkingDir ?? "",
        user: body.User ?? "",
        entrypoint: body.Entrypoint ?? [],
        cmd: body.Cmd ?? [],
        architecture: "amd64",
        sizeBytes: 1000,
      };
    },
    async listImages(label, signal) {
      await pass(state, "listImages", [label], signal);
      return [...state.images.values()]
        .filter(({ labels }) => label === undefined || hasLabel(labels, label))
        .map(({ id, tags, labels, createdAt, body }) => ({
          id,
          parentId: body.Image === undefined ? "" : (find(body.Image)?.id ?? ""),
          tags: [...tags],
          labels: { ...labels },
          createdAt,
          sizeBytes: 1000,
        }));
    },
    async pullImage(reference, onProgress, signal) {
      await pass(state, "pullImage", [reference], signal);
      if (!registry.has(withTag(reference))) throw missing(reference);
      onProgress({ layer: "", status: `Pulling from ${reference}` });
      onProgress({ layer: "ab", status: "Downloading", currentBytes: 1, totalBytes: 2 });
      if (!find(reference)) addImage(state, reference);
      onProgress({ layer: "ab", status: "Pull complete" });
    },
    async commitContainer(id, request, signal) {
      await pass(state, "commitContainer", [id, request], signal);
      const { body } = findContainer(state, id);
      const labels = { ...body.Labels };
      for (const change of request.changes ?? []) {
        const label = /^LABEL (\S+?)="?(.*?)"?$/.exec(change);
        if (label?.[1] !== undefined) labels[label[1]] = label[2] ?? "";
      }
      return addImage(state, request.reference, { labels, env: body.Env ?? [], body }).id;
    },
    async tagImage(reference, newReference, signal) {
      await pass(state, "tagImage", [reference, newReference], signal);
      const image = find(reference);
      if (!image) throw missing(reference);
      const tag = withTag(newReference);
      for (const other of state.images.values()) other.tags = other.tags.filter((one) => one !== tag);
      image.tags.push(tag);
    },
    async removeImage(reference, signal) {
      await pass(state, "removeImage", [reference], signal);
      const image = find(reference);
      if (!image) return;
      const users = [...state.containers.values()].filter(({ body }) => find(body.Image) === image);
      const lastName = image.id === reference || image.tags.length === 1;
      if (users.length > 0 && lastName)
        throw new AgentError("ENGINE_FAILED", `A container is using the image ${reference}.`);
      image.tags = image.id === reference ? [] : image.tags.filter((tag) => tag !== withTag(reference));
      if (image.tags.length === 0) state.images.delete(image.id);
    },
  };
}
