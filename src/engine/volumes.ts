import { isAgentError } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import type { Client } from "./client.js";
import { pathPart, requireId } from "./client.js";
import { readAnswer, volumeItems } from "./records.js";

/** The verbs of volumes; they are made by the mounts of a create. See the port. */
export function createVolumes(client: Client): Pick<Engine, "listVolumes" | "removeVolume"> {
  return {
    async listVolumes(label, signal) {
      const answer = await client.run({ operation: "volume", subject: "volumes", signal }, (docker) =>
        docker.listVolumes({ filters: { label: [label] } }),
      );
      const { Volumes } = readAnswer(volumeItems, answer, "the list of volumes");
      return Volumes.map(({ Name, Labels }) => ({ name: Name, labels: Labels }));
    },

    async removeVolume(name, signal) {
      requireId(name, "volume");
      try {
        await client.run({ operation: "volume", subject: name, signal }, (docker): Promise<unknown> =>
          docker.getVolume(pathPart(name)).remove(),
        );
      } catch (error) {
        if (!isAgentError(error, "NOT_FOUND")) throw error;
      }
    },
  };
}
