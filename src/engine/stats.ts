import type { Engine } from "../ports/engine.js";
import type { Client } from "./client.js";
import { asStream, pathPart, requireId } from "./client.js";
import { incoming } from "./incoming.js";
import { jsonLines } from "./jsonLines.js";
import { readAnswer, statsRecord } from "./records.js";
import { readSample } from "./statsSample.js";

/**
 * What containers use, once a second. See the port. Never the one-shot answer, which has no earlier reading to
 * compare the CPU with (research/openlattice 1.4).
 */
export function createStats(client: Client): Pick<Engine, "stats"> {
  return {
    async *stats(id, signal) {
      requireId(id);
      const call = { operation: "container", subject: id, signal, long: true, stream: true } as const;
      const answer = await client.run(call, (docker): Promise<unknown> =>
        docker.getContainer(pathPart(id)).stats({ stream: true }),
      );
      const { engine, timeouts } = client;
      const bytes = incoming(asStream(answer, engine), { engine, signal, idleMs: timeouts.operationMs });
      for await (const value of jsonLines(bytes)) {
        const sample = readSample(readAnswer(statsRecord, value, `what the container ${id} uses`));
        if (sample === "stopped") return;
        if (sample !== "first") yield sample;
      }
    },
  };
}
