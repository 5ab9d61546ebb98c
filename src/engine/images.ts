import { isAgentError } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import type { Client } from "./client.js";
import type { FreezeGate } from "./freezeGate.js";
import { pathPart, requireId } from "./client.js";
import { created, imageDetails, imageItems, readAnswer } from "./records.js";
import { splitReference } from "./imageReference.js";

type Images = Pick<Engine, "inspectImage" | "listImages" | "commitContainer" | "tagImage" | "removeImage">;

/** Images that the engine has. See the port; pulling is in `pull.ts`. */
export function createImages(client: Client, gate: FreezeGate): Images {
  return {
    async inspectImage(reference, signal) {
      requireId(reference, "image");
      const answer = await client.run({ operation: "image", subject: reference, signal }, (docker) =>
        docker.getImage(pathPart(reference)).inspect(),
      );
      const { Id, RepoTags, Architecture, Variant, Size, Config, Metadata } = readAnswer(
        imageDetails,
        answer,
        `the image ${reference}`,
      );
      return {
        id: Id,
        tags: RepoTags,
        labels: Config.Labels,
        env: Config.Env,
        workingDir: Config.WorkingDir,
        user: Config.User,
        entrypoint: Config.Entrypoint,
        cmd: Config.Cmd,
        architecture: Architecture,
        ...(Variant && { variant: Variant }),
        sizeBytes: Size,
        ...taggedAt(Metadata?.LastTagTime),
      };
    },

    async listImages(label, signal) {
      const answer = await client.run({ operation: "other", subject: "images", signal }, (docker) =>
        docker.listImages(label === undefined ? {} : { filters: { label: [label] } }),
      );
      return readAnswer(imageItems, answer, "the list of images").map((image) => ({
        id: image.Id,
        // An image that lost its tag is listed with this in its place.
        parentId: image.ParentId,
        tags: image.RepoTags.filter((tag) => tag !== "<none>:<none>"),
        labels: image.Labels,
        createdAt: new Date(image.Created * 1000),
        sizeBytes: image.Size,
      }));
    },

    async commitContainer(id, request, signal) {
      requireId(id);
      const { repository, tag } = splitReference(request.reference);
      const call = { operation: "container", subject: id, signal, deadlineMs: null, long: true } as const;
      const commit = (): Promise<unknown> =>
        client.run(call, (docker) =>
          docker.getContainer(pathPart(id)).commit({
            repo: repository,
            tag,
            pause: request.pause ? "1" : "0",
            ...(request.comment !== undefined && { comment: request.comment }),
            ...(request.changes && { changes: [...request.changes] }),
          }),
        );
      const answer = await (request.pause ? gate.freeze(id, commit, signal) : commit());
      return readAnswer(created, answer, "the new image").Id;
    },

    async tagImage(reference, newReference, signal) {
      requireId(reference, "image");
      const { repository, tag } = splitReference(newReference);
      await client.run({ operation: "image", subject: reference, signal }, (docker): Promise<unknown> =>
        docker.getImage(pathPart(reference)).tag({ repo: repository, tag }),
      );
    },

    async removeImage(reference, signal) {
      requireId(reference, "image");
      try {
        await client.run({ operation: "removeImage", subject: reference, signal }, (docker) =>
          docker.getImage(pathPart(reference)).remove(),
        );
      } catch (error) {
        if (!isAgentError(error, "IMAGE_NOT_FOUND")) throw error;
      }
    },
  };
}

/** The zero time says: never. */
function taggedAt(text: string | undefined): { taggedAt?: Date } {
  const time = new Date(text ?? "");
  return time.getTime() > 0 ? { taggedAt: time } : {};
}
