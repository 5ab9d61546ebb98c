import { isAgentError } from "../model/errors.js";
import type { Engine, VolumeFacts } from "../ports/engine.js";
import type { Client } from "./client.js";
import { pathPart, requireId } from "./client.js";
import { readAnswer, volumeItem, volumeItems, volumeUsage, type VolumeItem } from "./records.js";

const readVolume = ({ Name, Labels, Driver, Options }: VolumeItem): VolumeFacts => ({
  name: Name,
  labels: Labels,
  driver: Driver,
  options: Options,
});

/** The verbs of volumes; they are made by the mounts of a create. See the port. */
export function createVolumes(
  client: Client,
): Pick<Engine, "listVolumes" | "findVolume" | "volumeSizes" | "removeVolume"> {
  return {
    async listVolumes(label, signal) {
      const answer = await client.run({ operation: "volume", subject: "volumes", signal }, (docker) =>
        docker.listVolumes({ filters: { label: [label] } }),
      );
      const { Volumes } = readAnswer(volumeItems, answer, "the list of volumes");
      return Volumes.map(readVolume);
    },

    async findVolume(name, signal) {
      requireId(name, "volume");
      try {
        const answer = await client.run({ operation: "volume", subject: name, signal }, (docker) =>
          docker.getVolume(pathPart(name)).inspect(),
        );
        return readVolume(readAnswer(volumeItem, answer, `the volume ${name}`));
      } catch (error) {
        if (isAgentError(error, "NOT_FOUND")) return undefined;
        throw error;
      }
    },

    async volumeSizes(signal) {
      // It counts everything: dockerode does not pass on the type that API 1.42 takes.
      const answer = await client.run(
        { operation: "volume", subject: "volumes", signal },
        (docker): Promise<unknown> => docker.df(),
      );
      const { Volumes } = readAnswer(volumeUsage, answer, "the sizes of volumes");
      // -1 is a size that the engine does not know.
      return new Map(
        Volumes.flatMap(({ Name, UsageData }) => (UsageData.Size >= 0 ? [[Name, UsageData.Size]] : [])),
      );
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
