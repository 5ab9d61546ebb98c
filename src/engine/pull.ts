import * as z from "zod";
import { AgentError } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import type { Client } from "./client.js";
import { asStream, requireId } from "./client.js";
import { splitReference } from "./imageReference.js";
import { incoming } from "./incoming.js";
import { jsonLines } from "./jsonLines.js";
import { isRefusal } from "./modem.js";
import { pullError } from "./pullErrors.js";

/** A pull that tells nothing for so long has failed; layers are told of several times a second. */
const pullIdleMs = 120_000;

const progressLine = z.object({
  status: z.string().catch(""),
  id: z.string().catch(""),
  error: z.string().optional(),
  progressDetail: z
    .object({ current: z.number().optional(), total: z.number().optional() })
    .optional()
    .catch(undefined),
});

/** Pulls with progress; an error that comes after the status 200, inside the progress, counts. See the port. */
export function createPull(client: Client): Pick<Engine, "pullImage"> {
  return {
    async pullImage(reference, onProgress, signal) {
      requireId(reference, "image");
      const { repository, tag } = splitReference(reference);
      const call = {
        operation: "other",
        subject: reference,
        signal,
        deadlineMs: pullIdleMs,
        long: true,
      } as const;
      const answer = await client.run(call, async (docker) => {
        try {
          // Without a tag the engine would pull every tag of the repository.
          return await docker.createImage({ fromImage: repository, ...(tag && { tag }) });
        } catch (error) {
          throw isRefusal(error) ? pullError(reference, error.message) : error;
        }
      });
      const options = { engine: client.engine, signal, idleMs: pullIdleMs };
      for await (const line of jsonLines(incoming(asStream(answer, client.engine), options))) {
        const progress = progressLine.safeParse(line);
        if (!progress.success) {
          throw new AgentError("ENGINE_FAILED", `The progress of pulling ${reference} cannot be read.`);
        }
        const { id, status, error, progressDetail } = progress.data;
        if (error !== undefined) throw pullError(reference, error);
        onProgress({
          layer: id,
          status,
          ...(progressDetail?.current !== undefined && { currentBytes: progressDetail.current }),
          ...(progressDetail?.total !== undefined && { totalBytes: progressDetail.total }),
        });
      }
    },
  };
}
