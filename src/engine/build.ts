import { randomUUID } from "node:crypto";
import * as z from "zod";
import { AgentError, isAgentError, messageOf } from "../model/errors.js";
import type { BuildRequest } from "../ports/build.js";
import type { Engine } from "../ports/engine.js";
import { buildError } from "./buildErrors.js";
import { createBuildReport } from "./buildReport.js";
import { openBuildSession, type BuildSession } from "./buildSession.js";
import { decodeTrace } from "./buildTrace.js";
import type { Client } from "./client.js";
import { systemClock } from "../util/clock.js";
import { retry } from "../util/retry.js";
import { asStream, pathPart, requireId } from "./client.js";
import { incoming } from "./incoming.js";
import { jsonLines } from "./jsonLines.js";
import { whileAlive } from "./whileAlive.js";
import { readRegistryLogins } from "./registryLogin.js";
import type { Surroundings } from "./resolveEndpoint.js";

/** An upload or an answer that does not move for so long has failed; what happens inside a step is not bounded. */
const stalledMs = 120_000;
/** How long a build may be silent before its engine is asked whether it is still there. */
const silentMs = 60_000;
const keptLines = 20_000;

const buildLine = z.object({
  id: z.string().optional().catch(undefined),
  stream: z.string().optional().catch(undefined),
  status: z.string().optional().catch(undefined),
  aux: z.unknown().optional(),
  error: z.string().optional().catch(undefined),
});
const imageAux = z.object({ ID: z.string() });

/** Builds images. See the port. */
export function createBuild(
  client: Client,
  alive: (signal?: AbortSignal) => Promise<unknown>,
  registryLogins?: Surroundings,
): Pick<Engine, "buildImage"> {
  return {
    async buildImage(given, onOutput, signal) {
      requireId(given.reference, "image");
      const known = registryLogins && !given.logins && (await readRegistryLogins(registryLogins, signal));
      const request = known ? { ...given, logins: known } : given;
      const buildId = randomUUID();
      const { buildKit, logins = {}, context } = request;
      const report = createBuildReport();
      const lines: string[] = [];
      const put = (more: readonly string[]) => {
        for (const line of more) {
          lines.push(line);
          if (lines.length > keptLines) lines.shift();
          onOutput(line);
        }
      };
      let imageId: string | undefined;
      let session: BuildSession | undefined;
      try {
        // Without one BuildKit asks nobody for a login, and then fails with "no active sessions" also where a registry
        // serves everybody, but wants a token for it, as Docker Hub does.
        if (buildKit) session = await openBuildSession(client, request, signal);
        const answer = await client.dial(
          {
            operation: "build",
            subject: "the image",
            signal,
            deadlineMs: stalledMs,
            long: true,
            stream: true,
          },
          {
            path: "/build?",
            method: "POST",
            file: context,
            options: { _query: queryOf(request, buildId, session?.id) },
            headers: buildKit ? {} : { "X-Registry-Config": base64Url(JSON.stringify(logins)) },
          },
        );
        const stream = whileAlive(asStream(answer, client.engine), alive, { silentMs, signal });
        for await (const raw of jsonLines(incoming(stream, { engine: client.engine, signal }))) {
          const line = buildLine.safeParse(raw);
          if (!line.success)
            throw new AgentError("ENGINE_FAILED", "The progress of the build cannot be read.");
          const { id, stream: text, status, aux, error } = line.data;
          if (id === "moby.buildkit.trace")
            put(report.trace(decodeTrace(Buffer.from(String(aux), "base64"))));
          else if (aux !== undefined) imageId = imageAux.safeParse(aux).data?.ID ?? imageId;
          if (text !== undefined) put(report.stream(text));
          if (status) put(report.stream(`${[id, status].filter(Boolean).join(": ")}\n`));
          if (error !== undefined) {
            put([...report.end(), `ERROR: ${error.trim()}`]);
            throw buildError(error, report.failedStep(), lines);
          }
        }
        put(report.end());
        return imageId ?? request.reference;
      } catch (error) {
        if (buildKit && signal?.aborted) await cancelBuild(client, buildId);
        await removeIntermediates(client, report.intermediates());
        throw isAgentError(error, "ENGINE_FAILED") && lines.length === 0
          ? buildError(error.message, undefined, lines)
          : error;
      } finally {
        session?.close();
        context.destroy();
      }
    },
  };
}

/** Source: moby, api/swagger.yaml, ImageBuild; docker/cli leaves the same things out. */
function queryOf(request: BuildRequest, buildId: string, session: string | undefined): object {
  const { options, buildKit, reference, dockerfile } = request;
  const { limits } = options;
  return {
    t: reference,
    dockerfile,
    version: buildKit ? "2" : "1",
    ...(buildKit ? { buildid: buildId, session } : { rm: "1", forcerm: "1" }),
    nocache: options.noCache ? "1" : undefined,
    pull: options.pull ? "1" : undefined,
    target: options.target,
    platform: options.platform,
    networkmode: options.networkMode,
    extrahosts: options.extraHosts.length > 0 ? options.extraHosts : undefined,
    buildargs: JSON.stringify(options.buildArgs),
    labels: JSON.stringify(options.labels),
    cachefrom: options.cacheFrom.length > 0 ? JSON.stringify(options.cacheFrom) : undefined,
    shmsize: limits.ShmSize,
    ulimits: limits.Ulimits && JSON.stringify(limits.Ulimits),
    cgroupparent: limits.CgroupParent,
    cpushares: limits.CpuShares,
    cpuperiod: limits.CpuPeriod,
    cpuquota: limits.CpuQuota,
    cpusetcpus: limits.CpusetCpus,
    cpusetmems: limits.CpusetMems,
    memory: limits.Memory,
    memswap: limits.MemorySwap,
  };
}

/** A lost connection stops a build too, but only once the engine notices. */
async function cancelBuild(client: Client, id: string): Promise<void> {
  const call = { operation: "build", subject: "the image" } as const;
  await client.dial(call, { path: `/build/cancel?id=${id}`, method: "POST" }).catch((error: unknown) => {
    client.log.info(`The build could not be cancelled by its id: ${messageOf(error)}`);
  });
}

/** Until a step that was interrupted has ended, its container keeps its image from being removed. */
const endingDelaysMs = [50, 100, 200, 400, 800, 1600, 3200];

/**
 * What the older builder has made of a build that came to nothing: images without a name, newest first. The engine
 * removes with each the nameless ones below it that nothing else needs.
 */
async function removeIntermediates(client: Client, ids: readonly string[]): Promise<void> {
  for (const id of [...ids].reverse()) {
    const call = { operation: "removeImage", subject: id } as const;
    const remove = () =>
      client.run(call, (docker): Promise<unknown> => docker.getImage(pathPart(id)).remove());
    try {
      await retry(remove, {
        delaysMs: endingDelaysMs,
        worthRetrying: (error) => isAgentError(error, "ENGINE_FAILED") && error.message.includes("container"),
        clock: systemClock,
      });
    } catch (error) {
      // Gone with one above it; or another build has it from the cache by now, and then it is that one's.
      if (!isAgentError(error, "IMAGE_NOT_FOUND"))
        client.log.info(`The image ${id} of the build stays: ${messageOf(error)}`);
    }
  }
}

/** With the padding that Go's decoder wants. */
function base64Url(text: string): string {
  return Buffer.from(text).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
