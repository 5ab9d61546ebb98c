import type Docker from "dockerode";
import { AgentError, isAgentError } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import { awaitListed } from "./awaitListed.js";
import type { Call, Client, Split } from "./client.js";
import { pathPart, requireId } from "./client.js";
import { bodyFromDetails } from "./bodyFromDetails.js";
import { factsFromDetails, factsFromList } from "./containerFacts.js";
import type { FreezeGate } from "./freezeGate.js";
import { containerDetails, containerSize, created, readAnswer, waited } from "./records.js";

type Containers = Pick<
  Engine,
  | "listContainers"
  | "inspectContainer"
  | "containerBody"
  | "writtenBytes"
  | "createContainer"
  | "startContainer"
  | "stopContainer"
  | "restartContainer"
  | "pauseContainer"
  | "unpauseContainer"
  | "whileFrozen"
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

/** See `FreezeGate`: somebody else's command was starting at that moment. */
const stuck = (id: string, cause: unknown) =>
  new AgentError(
    "ENGINE_TIMEOUT",
    `The Docker engine does not let the container ${id.slice(0, 12)} go on: a command was just starting in it when it was paused.`,
    {
      remedy:
        `On the engine's host, as root, thaw its cgroup: write 0 to cgroup.freeze (cgroup v2) or THAWED to ` +
        `freezer.state (v1) in the folder of ${id.slice(0, 12)} below /sys/fs/cgroup; then resume the agent.`,
      cause,
    },
  );

/** The verbs of containers. See the port for what each promises. */
export function createContainers(client: Client, gate: FreezeGate): Containers {
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
  /** True where it was not paused before. */
  const pause = async (id: string, signal: AbortSignal | undefined): Promise<boolean> => {
    try {
      await on(id, { operation: "pause", signal }, (container): Promise<unknown> => container.pause());
      return true;
    } catch (error) {
      if (!isAgentError(error) || !/is already paused/i.test(error.message)) throw error;
      return false;
    }
  };
  const unpause = async (id: string, signal?: AbortSignal): Promise<void> => {
    try {
      await on(id, { operation: "pause", signal }, (container): Promise<unknown> => container.unpause());
    } catch (error) {
      if (isAgentError(error, "ENGINE_TIMEOUT")) throw stuck(id, error);
      // A stopped one is not paused either, and says it in the same words.
      if (!isAgentError(error) || !/is not paused/i.test(error.message)) throw error;
      if ((await inspect(id, signal)).status !== "running") throw notRunning(id, error);
    }
  };
  /** What ended or went meanwhile stands still no more. */
  const thaw = async (id: string): Promise<void> => {
    try {
      await unpause(id);
    } catch (error) {
      if (!isAgentError(error, "NOT_RUNNING") && !isAgentError(error, "NOT_FOUND")) throw error;
    }
  };
  const graceMs = (seconds: number) => seconds * 1000 + client.timeouts.operationMs;

  return {
    async listContainers(label, signal) {
      const items = await client.run({ operation: "other", subject: "containers", signal }, (docker) =>
        docker.listContainers({ all: true, filters: { label: [label] } }),
      );
      return factsFromList(items);
    },

    inspectContainer: inspect,

    async containerBody(id, signal) {
      const details = await on(id, { operation: "container", signal }, (container) => container.inspect());
      return bodyFromDetails(details);
    },

    async writtenBytes(id, signal) {
      // It walks everything that was written: as long as that takes.
      const call = { operation: "container", signal, deadlineMs: null, long: true } as const;
      const details = await on(id, call, (container) => {
        const options: Docker.ContainerInspectOptions & { size: true } = { size: true };
        return container.inspect(options);
      });
      return readAnswer(containerSize, details, `the container ${id}`).SizeRw;
    },

    async createContainer(name, body, signal, platform) {
      return client.run({ operation: "create", subject: name, signal }, async (docker, seen) => {
        // `_query` and `_body`: dockerode would put the whole body, secrets included, into the URL.
        const options: Docker.ContainerCreateOptions & Split = { _query: { name, platform }, _body: body };
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
      await gate.freeze(id, () => pause(id, signal), signal);
    },

    unpauseContainer: unpause,

    async whileFrozen(id, work, signal) {
      return gate.freeze(
        id,
        async () => {
          // One that is frozen already is somebody's who will thaw it, or not.
          // Not handed the signal: an aborted request may still have frozen it.
          const ours = await pause(id, undefined);
          try {
            signal?.throwIfAborted();
            return await work();
          } finally {
            if (ours) await thaw(id);
          }
        },
        signal,
      );
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
