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
import type { Tried } from "./pullErrors.js";
import { readRegistryLogin } from "./registryLogin.js";
import type { RegistryLogin } from "./registryLogin.js";
import type { Surroundings } from "./resolveEndpoint.js";

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

/**
 * Pulls with progress; an error that comes after the status 200, inside the progress, counts. See the port. The login
 * is that of the Docker CLI in `surroundings`, read for each pull; without them, or without one, there is none.
 */
export function createPull(client: Client, surroundings?: Surroundings): Pick<Engine, "pullImage"> {
  const loginFor = async (reference: string, signal?: AbortSignal): Promise<RegistryLogin | undefined> => {
    if (!surroundings) return undefined;
    const login = await readRegistryLogin(reference, surroundings, signal);
    if (login.problem !== undefined) {
      client.log.warn(`${reference} is pulled from ${login.host} without a login: ${login.problem}.`);
    }
    return login;
  };

  return {
    async pullImage(reference, onProgress, signal, platform) {
      requireId(reference, "image");
      const login = await loginFor(reference, signal);
      const { auth, problem } = login ?? {};
      const tried: Tried = { login: auth !== undefined, user: auth?.username, problem };
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
          return await docker.createImage(auth, {
            fromImage: repository,
            ...(tag && { tag }),
            ...(platform !== undefined && { platform }),
          });
        } catch (error) {
          throw isRefusal(error) ? pullError(reference, error.message, tried) : error;
        }
      });
      const options = { engine: client.engine, signal, idleMs: pullIdleMs };
      for await (const line of jsonLines(incoming(asStream(answer, client.engine), options))) {
        const progress = progressLine.safeParse(line);
        if (!progress.success) {
          throw new AgentError("ENGINE_FAILED", `The progress of pulling ${reference} cannot be read.`);
        }
        const { id, status, error, progressDetail } = progress.data;
        if (error !== undefined) throw pullError(reference, error, tried);
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
