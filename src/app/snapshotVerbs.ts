import { findAgent, listAgentContainers, requireLabels } from "../agents/facts.js";
import { compareSnapshot, type ComparedWith } from "../agents/snapshot/compare.js";
import { chooseSnapshot, findSnapshots, type FoundSnapshot } from "../agents/snapshot/find.js";
import { forkAgents, forkLiveAgent, type RunFork } from "../agents/snapshot/fork.js";
import { readCompared } from "../agents/snapshot/readCompared.js";
import { removeSnapshot } from "../agents/snapshot/remove.js";
import { restoreAgent } from "../agents/snapshot/restore.js";
import type { ShownSnapshots } from "../agents/snapshot/shownSnapshots.js";
import { agentOfSnapshot, placeInContainer, readAgent } from "../agents/snapshot/sides.js";
import { previewSnapshot, takeSnapshot } from "../agents/snapshot/take.js";
import { missingSecrets } from "../agents/secrets.js";
import { withOwner } from "../agents/owner.js";
import { unlessRemoved } from "../agents/removedMeanwhile.js";
import type { AgentContext } from "../agents/context.js";
import { isAgentError, toAgentError } from "../model/errors.js";
import { readComparedOptions } from "../model/fileOptions.js";
import { labelKeys, parseLabels } from "../model/labels.js";
import {
  compareSnapshotOptions,
  deleteSnapshotOptions,
  forkOptions,
  listSnapshotsOptions,
  parseOptions,
  restoreOptions,
  snapshotOptions,
  type ForkOptions,
} from "../model/options.js";
import type { ContainerFacts } from "../ports/engine.js";
import { archiveFiles } from "../workspace/files/archiveFiles.js";
import type { ContainerFiles } from "../workspace/files/containerFiles.js";
import type { Core, VerbOptions } from "./core.js";
import { forkProgress } from "./forkProgress.js";
import { operationOn, type Machine } from "./machine.js";
import type { Mutations } from "./mutations.js";

/** The verbs of snapshots, and of what is made from them. */
export type SnapshotVerbs = Pick<
  Core,
  | "snapshot"
  | "previewSnapshot"
  | "listSnapshots"
  | "deleteSnapshot"
  | "compareSnapshot"
  | "readCompared"
  | "restore"
  | "fork"
  | "previewFork"
>;

const nothing = () => undefined;

/** What a fork starts from: a snapshot, or an agent as it is now. */
type ForkSource = { context: AgentContext; agentId: string; name: string } & (
  { found: FoundSnapshot } | { facts: ContainerFacts }
);

/** The verbs of snapshots (SPEC section 6). */
export function createSnapshotVerbs(
  machine: Machine,
  mutations: Mutations,
  shown: ShownSnapshots,
): SnapshotVerbs {
  /** A snapshot on whichever engine has it. */
  const onSnapshot = async (
    wanted: string,
    given: VerbOptions | undefined,
    among: (all: readonly FoundSnapshot[]) => readonly FoundSnapshot[] = (all) => all,
  ) => {
    const { answers } = await machine.onEngines(given, nothing, async (context) =>
      (await findSnapshots(context, given?.signal)).map((found) => ({ ...found, context })),
    );
    const all = answers.flat();
    const chosen = chooseSnapshot(among(all), wanted);
    const context = all.find((one) => one.imageId === chosen.imageId)?.context;
    if (!context) throw new Error("a snapshot without an engine");
    return { context, found: chosen };
  };

  const forkSource = async (
    target: string,
    { snapshot }: ForkOptions,
    given: VerbOptions | undefined,
  ): Promise<ForkSource> => {
    if (snapshot === undefined) {
      return await machine.onAgent(target, given, nothing, (context, facts) =>
        Promise.resolve({
          context,
          facts,
          agentId: facts.labels[labelKeys.agentId] ?? "",
          name: facts.name,
        }),
      );
    }
    const { context, found } = await onSnapshot(snapshot, given, await snapshotsOf(target, given));
    return { context, found, agentId: found.record.agentId, name: found.record.agentName };
  };

  /** Those of the agent that `target` means; of one that is gone, by its id or name. `NOT_FOUND` where there are none. */
  const snapshotsOf = async (target: string, given: VerbOptions | undefined) => {
    if (target === "") return undefined;
    const { answers, failures } = await machine.onEngines(given, nothing, async (context) => ({
      context,
      agents: await listAgentContainers(context.engine, given?.signal),
    }));
    const of = (isMeant: (record: FoundSnapshot["record"]) => boolean) => (all: readonly FoundSnapshot[]) =>
      all.filter(({ record }) => isMeant(record));
    try {
      const id = findAgent(answers, target, failures).facts.labels[labelKeys.agentId];
      return of(({ agentId }) => agentId === id);
    } catch (error) {
      if (!isAgentError(error, "NOT_FOUND")) throw error;
      const ofGone = of(({ agentId, agentName }) => agentId === target || agentName === target);
      return (all: readonly FoundSnapshot[]) => {
        const own = ofGone(all);
        if (own.length === 0) throw error;
        return own;
      };
    }
  };

  return {
    snapshot: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(snapshotOptions, request),
        async (context, facts, options) => {
          const operation = operationOn(context, facts, "snapshot");
          const { snapshot } = await mutations.run(operation, given, (work) =>
            unlessRemoved(context, facts, () => takeSnapshot(context, facts, options, work)),
          );
          return snapshot;
        },
      ),

    previewSnapshot: (target, given) =>
      machine.onAgent(target, given, nothing, (context, facts) =>
        previewSnapshot(context, facts, given?.signal),
      ),

    listSnapshots: async (request, given) => {
      const { answers } = await machine.onEngines(
        given,
        () => parseOptions(listSnapshotsOptions, request),
        async (context, { agentId }) =>
          (await findSnapshots(context, given?.signal))
            .map(({ snapshot }) => snapshot)
            .filter((snapshot) => agentId === undefined || snapshot.agentId === agentId),
      );
      return answers.flat().sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
    },

    deleteSnapshot: async (request, given) => {
      try {
        const { snapshot } = parseOptions(deleteSnapshotOptions, request);
        const { context, found } = await onSnapshot(snapshot, given);
        const { agentId, agentName: name, id } = found.snapshot;
        const operation = { agentId, name, engine: context.engine.name, verb: "deleteSnapshot" } as const;
        await mutations.run(operation, given, (work) => removeSnapshot(context, found, work));
        return { id, name: found.snapshot.name };
      } catch (error) {
        throw toAgentError(error);
      }
    },

    compareSnapshot: async (request, given) => {
      try {
        const options = parseOptions(compareSnapshotOptions, request);
        const { context, found } = await onSnapshot(options.snapshot, given);
        const { signal } = given ?? {};
        const onProgress = (stage: string, detail?: string) => given?.onProgress?.({ stage, detail });
        const compare = (other: ComparedWith) =>
          withOwner((owner) => compareSnapshot(context, found, other, { owner, signal, onProgress }));
        if (options.with === undefined) {
          const agent = await agentOfSnapshot(context, found, signal);
          return await unlessRemoved(context, agent, () => compare({ agent }));
        }
        const all = await findSnapshots(context, signal);
        return await compare({ snapshot: chooseSnapshot(all, options.with, found.record.agentId) });
      } catch (error) {
        throw toAgentError(error);
      }
    },

    readCompared: async (request, given) => {
      try {
        const { snapshot, agent = "", paths } = parseOptions(readComparedOptions, request);
        const read = async (files: ContainerFiles, agentId: string) => {
          const places = paths.map((path) => placeInContainer(path, agentId));
          const found = await readCompared(files, places);
          return found.map((one, index) => ({ ...one, path: paths[index] ?? one.path }));
        };
        const { engine, signal } = given ?? {};
        if (snapshot === undefined) {
          return await machine.onAgent(agent, given, nothing, (context, facts) => {
            const agentId = facts.labels[labelKeys.agentId] ?? "";
            const places = paths.map((path) => placeInContainer(path, agentId));
            return readAgent(context, facts, places, (files) => read(files, agentId), signal);
          });
        }
        return await shown.read(
          `${engine ?? ""} ${snapshot}`,
          // Not this reader's signal: others may be waiting for the same.
          () => onSnapshot(snapshot, { engine }),
          ({ context, found, containerId }) =>
            read(archiveFiles(context.engine, containerId, signal), found.record.agentId),
        );
      } catch (error) {
        throw toAgentError(error);
      }
    },

    restore: (target, request, given) =>
      machine.change(
        "restore",
        target,
        given,
        () => parseOptions(restoreOptions, request),
        async (context, facts, work, { snapshot, snapshotFirst }) => {
          const found = chooseSnapshot(
            await findSnapshots(context, work.signal),
            snapshot,
            facts.labels[labelKeys.agentId],
          );
          if (snapshotFirst) {
            const name = `before the restore of ${found.snapshot.name}`.slice(0, 200);
            await unlessRemoved(context, facts, () =>
              takeSnapshot(context, facts, { name, pause: true }, work),
            );
          }
          const restored = await unlessRemoved(context, facts, () =>
            restoreAgent(context, facts, found, work),
          );
          return machine.loggedIn(context, restored);
        },
      ),

    previewFork: async (target, request, given) => {
      try {
        const options = parseOptions(forkOptions, request);
        const source = await forkSource(target, options, given);
        const { context, agentId } = source;
        const labels =
          "found" in source
            ? (await context.engine.inspectImage(source.found.snapshot.image, given?.signal)).labels
            : source.facts.labels;
        const parsed = parseLabels(labels);
        const secrets = parsed.ok ? parsed.value.secrets : undefined;
        const missing = await missingSecrets(context, { agentId, secrets });
        return { missingSecrets: missing.filter((name) => !(name in options.secrets)) };
      } catch (error) {
        throw toAgentError(error);
      }
    },

    fork: async (target, request, given) => {
      try {
        const options = parseOptions(forkOptions, request);
        const source = await forkSource(target, options, given);
        const { context, agentId, name } = source;
        const engine = context.engine.name;
        const made = await mutations.run({ agentId, name, engine, verb: "fork" }, given, async (work) => {
          const stages = new Map<string, string>();
          const runFork: RunFork = (fork, make) =>
            mutations.run(
              { agentId: fork.agentId, name: fork.name, engine, verb: "create" },
              {
                signal: work.signal,
                onProgress: ({ stage }) => {
                  if (stages.get(fork.name) === stage) return;
                  stages.set(fork.name, stage);
                  work.onProgress("Forking", forkProgress(stages));
                },
              },
              make,
            );
          return "found" in source
            ? forkAgents(context, source.found, options, work, runFork)
            : unlessRemoved(context, source.facts, () =>
                forkLiveAgent(context, source.facts, options, work, runFork),
              );
        });
        return await Promise.all(
          made.map(async (fork) => {
            const agent = await machine.describe(context, machine.loggedIn(context, fork));
            const missing = await missingSecrets(context, requireLabels(fork));
            return missing.length > 0 ? { ...agent, missingSecrets: missing } : agent;
          }),
        );
      } catch (error) {
        throw toAgentError(error);
      }
    },
  };
}
