import type Docker from "dockerode";
import type { Engine } from "../ports/engine.js";
import type { Client } from "./client.js";
import { asStream, pathPart, requireId } from "./client.js";
import { demux } from "./demux.js";
import { incoming } from "./incoming.js";
import { containerDetails, readAnswer } from "./records.js";

const seconds = (date: Date) => (date.getTime() / 1000).toFixed(3);

/** What containers wrote, running or stopped. See the port. */
export function createLogs(client: Client): Pick<Engine, "logs"> {
  return {
    async *logs(id, request, signal) {
      requireId(id);
      const call = { operation: "container", subject: id, signal } as const;
      const details = await client.run(call, (docker) => docker.getContainer(pathPart(id)).inspect());
      const { Config } = readAnswer(containerDetails, details, `the container ${id}`);
      const options: Docker.ContainerLogsOptions = {
        stdout: true,
        stderr: true,
        ...(request.tail !== undefined && { tail: request.tail }),
        // Seconds, with a fraction.
        ...(request.since && { since: seconds(request.since) }),
        ...(request.until && { until: seconds(request.until) }),
        ...(request.timestamps && { timestamps: true }),
      };
      const answer = await client.run({ ...call, long: true, stream: true }, (docker): Promise<unknown> => {
        const container = docker.getContainer(pathPart(id));
        return request.follow
          ? container.logs({ ...options, follow: true })
          : container.logs({ ...options, follow: false });
      });
      const bytes = incoming(asStream(answer, client.engine), { engine: client.engine, signal });
      // With a terminal there is one output, and it has no frames.
      if (!Config.Tty) yield* demux(bytes, client.engine);
      else for await (const data of bytes) yield { stream: "stdout", data };
    },
  };
}
