import type Docker from "dockerode";
import { AgentError, isAgentError } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import { awaitListed } from "./awaitListed.js";
import type { Call, Client, Split } from "./client.js";
import { pathPart, requireId } from "./client.js";
import { factsFromDetails, factsFromItem } from "./containerFacts.js";
import { containerDetails, containerItems, created, readAnswer, waited } from "./records.js";

type Containers = Pick<
  Engine,
  | "listContainers"
  | "inspectContainer"
  | "createContainer"
  | "startContainer"
  | "stopContainer"
  | "restartContainer"
  | "pauseContainer"
  | "unpauseContainer"
  | "renameContainer"
  | "removeContainer"
  | "waitContainer"
>;

/** What is so already is success; the engine calls it an error, in words that `says` knows. */
async function ignoring(says: RegExp, work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isAgentError(error) || !says.test(error.message)) throw error;
  }
}

const notRunning = (id: string, cause: unknown) =>
  new AgentError("NOT_RUNNING", `The container ${id.slice(0, 12)} is not running.`, {
    remedy: "Start it first.",
    cause,
  });

/** The verbs of containers. See the port for what each promises. */
export function createContainers(client: Client): Containers {
  /** One verb of one container. */
  const on = async <T>(
    id: string,
    call: Omit<Call, "subject">,
    verb: (container: Docker.Container) => Promise<T>,
  ) => {
    requireId(id);
    return client.run({ ...call, subject: id }, (docker) => verb(docker.getContainer(pathPart(id))));
  };
  const inspect = async (id: string, signal: AbortSignal | undefined) => {
    const details = await on(id, { operation: "container", signal }, (container) => container.inspect());
    return factsFromDetails(readAnswer(containerDetails, details, `the container ${id}`));
  };
  const graceMs = (seconds: number) => seconds * 1000 + client.timeouts.operationMs;

  return {
    async listContainers(label, signal) {
      const items = await client.run({ operation: "other", subject: "containers", signal }, (docker) =>
        docker.listContainers({ all: true, filters: { label: [label] } }),
      );
      return readAnswer(containerItems, items, "the list of containers").map(factsFromItem);
    },

    inspectContainer: inspect,

    async createContainer(name, body, signal) {
      return client.run({ operation: "create", subject: name, signal }, async (docker, seen) => {
        // `_query` and `_body`: dockerode would put the whole body, secrets included, into the URL.
        const options: Docker.ContainerCreateOptions & Split = { _query: { name }, _body: body };
        await docker.createContainer(options);
        const { Id, Warnings } = readAnswer(created, seen.value, "the new container");
        return { id: Id, warnings: Warnings };
      });
    },

    async startContainer(id, signal) {
      await on(id, { operation: "start", signal }, (container) => container.start());
    },

    async stopContainer(id, graceSeconds, signal) {
      const call = { operation: "container", signal, deadlineMs: graceMs(graceSeconds) } as const;
      await on(id, call, (container) => container.stop({ t: graceSeconds }));
      await awaitListed(client, id);
    },

    async restartContainer(id, graceSeconds, signal) {
      // A restart starts, and can fail in all the ways of a start.
      const call = { operation: "start", signal, deadlineMs: graceMs(graceSeconds) } as const;
      await on(id, call, (container) => container.restart({ t: graceSeconds }));
    },

    async pauseContainer(id, signal) {
      await ignoring(
        /is already paused/i,
        on(id, { operation: "pause", signal }, (container): Promise<unknown> => container.pause()),
      );
    },

    async unpauseContainer(id, signal) {
      try {
        await on(id, { operation: "pause", signal }, (container): Promise<unknown> => container.unpause());
      } catch (error) {
        // A stopped one is not paused either, and says it in the same words.
        if (!isAgentError(error) || !/is not paused/i.test(error.message)) throw error;
        if ((await inspect(id, signal)).status !== "running") throw notRunning(id, error);
      }
    },

    async renameContainer(id, name, signal) {
      await ignoring(
        /same name as its current name/i,
        on(id, { operation: "rename", signal }, (container): Promise<unknown> => container.rename({ name })),
      );
    },

    async removeContainer(id, signal) {
      requireId(id);
      try {
        await on(id, { operation: "container", signal }, (container) =>
          container.remove({ force: true, v: true }),
        );
      } catch (error) {
        const going = isAgentError(error) && /removal .* already in progress/i.test(error.message);
        if (!going && !isAgentError(error, "NOT_FOUND")) throw error;
      }
    },

    async waitContainer(id, signal) {
      const call = { operation: "container", signal, deadlineMs: null, long: true } as const;
      const answer = await on(id, call, (container): Promise<unknown> => container.wait());
      const { StatusCode } = readAnswer(waited, answer, `the end of the container ${id}`);
      await awaitListed(client, id);
      return StatusCode;
    },
  };
}
