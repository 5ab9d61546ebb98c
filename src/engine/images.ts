import { isAgentError } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import type { Client } from "./client.js";
import { pathPart, requireId } from "./client.js";
import { created, imageDetails, imageItems, readAnswer } from "./records.js";
import { splitReference } from "./imageReference.js";

type Images = Pick<Engine, "inspectImage" | "listImages" | "commitContainer" | "removeImage">;

/** Images that the engine has. See the port; pulling is in `pull.ts`. */
export function createImages(client: Client): Images {
  return {
    async inspectImage(reference, signal) {
      requireId(reference, "image");
      const answer = await client.run({ operation: "image", subject: reference, signal }, (docker) =>
        docker.getImage(pathPart(reference)).inspect(),
      );
      const { Id, RepoTags, Architecture, Size, Config } = readAnswer(
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
        sizeBytes: Size,
      };
    },

    async listImages(label, signal) {
      const answer = await client.run({ operation: "other", subject: "images", signal }, (docker) =>
        docker.listImages({ filters: { label: [label] } }),
      );
      return readAnswer(imageItems, answer, "the list of images").map((image) => ({
        id: image.Id,
        // An image that lost its tag is listed with this in its place.
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
      const answer: unknown = await client.run(call, (docker) =>
        docker.getContainer(pathPart(id)).commit({
          repo: repository,
          tag,
          pause: request.pause ? "1" : "0",
          ...(request.comment !== undefined && { comment: request.comment }),
          ...(request.changes && { changes: [...request.changes] }),
        }),
      );
      return readAnswer(created, answer, "the new image").Id;
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
