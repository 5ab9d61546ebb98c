import type { AgentContext } from "../agents/context.js";
import { diffAgent } from "../agents/changes/diff.js";
import { findOverlaps } from "../agents/changes/overlaps.js";
import { pullAgent } from "../agents/changes/pull.js";
import { pushToAgent } from "../agents/changes/push.js";
import { readBlob } from "../agents/changes/readBlob.js";
import { refuseToLoseWork, workAtRisk } from "../agents/changes/workAtRisk.js";
import { createAgent, identify } from "../agents/create.js";
import { destroyAgent } from "../agents/destroy.js";
import { endIsUnknown, lookUpEnding, rememberStop } from "../agents/ended.js";
import { execInAgent } from "../agents/exec.js";
import { listAgentContainers } from "../agents/facts.js";
import {
  pauseAgent,
  renameAgent,
  restartAgent,
  resumeAgent,
  startAgent,
  stopAgent,
} from "../agents/lifecycle.js";
import { foreignRecords, listForeignContainers, withMngrRecord } from "../agents/foreign.js";
import { readLogs } from "../agents/logs.js";
import { openTarget, readyForEditor } from "../agents/open.js";
import { pruneLeftovers } from "../agents/prune.js";
import type { ShownSnapshots } from "../agents/snapshot/shownSnapshots.js";
import { readStats } from "../agents/stats.js";
import { askSessions } from "../agents/sessions.js";
import { setAgentTags } from "../agents/setTags.js";
import { AgentError, isAgentError, type ErrorCode } from "../model/errors.js";
import type { AgentResources } from "../model/stats.js";
import type { ContainerFacts } from "../ports/engine.js";
import {
  destroyOptions,
  diffOptions,
  execOptions,
  logsOptions,
  openOptions,
  overlapsOptions,
  parseOptions,
  pruneOptions,
  pullOptions,
  pushOptions,
  readBlobOptions,
  renameOptions,
  setTagsOptions,
  statsOptions,
  stopOptions,
} from "../model/options.js";
import type { Agent } from "../model/agent.js";
import { parseSpec } from "../model/spec.js";
import type { Operation } from "../store/state.js";
import type { Store } from "../store/store.js";
import type { Clock } from "../util/clock.js";
import type { Core } from "./core.js";
import type { LiveStats } from "./liveStats.js";
import { createFileVerbs } from "./fileVerbs.js";
import { checked, operationOn, type Machine } from "./machine.js";
import type { Mutations } from "./mutations.js";
import { createSnapshotVerbs } from "./snapshotVerbs.js";

/** The verbs that work on agents. */
export type Verbs = Omit<
  Core,
  | "health"
  | "tryEngine"
  | "suggestWorkspace"
  | "removeSshIntegration"
  | "picture"
  | "onDidChange"
  | "onDidRecover"
  | "watch"
  | "watchForeign"
  | "watchStats"
  | "refresh"
  | "settled"
  | "dispose"
>;

const nothing = () => undefined;

const nobodyToTell = () =>
  new AgentError("SPEC_INVALID", 'The options object: "follow" takes somebody to tell.', {
    field: "follow",
    remedy: "Give onSample, or follow with the command line.",
  });

/** What is refused before anything is touched, and what the user ended: nothing failed, so nothing is listed. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "CANCELLED",
  "SPEC_INVALID",
  "NAME_CONFLICT",
  "MOUNT_INVALID",
  "WORKSPACE_INVALID",
  "WORKSPACE_UNTRUSTED",
]);

/** Each verb of `Core`, as what is checked, what is done, and what it gives. */
export function createVerbs(
  machine: Machine,
  mutations: Mutations,
  store: Store,
  clock: Clock,
  live: Pick<LiveStats, "latest">,
  shown: ShownSnapshots,
): Verbs {
  /** A create that failed stays listed, with its log, until it is dismissed (SPEC L1). */
  const listFailure = (operation: Omit<Operation, "stage">, error: AgentError): void => {
    const { agentId, name, engine } = operation;
    const { code, message, remedy } = error;
    const log = error.wholeLog ?? error.log;
    const at = new Date(clock.now()).toISOString();
    const failure = { agentId, name, engine, at, error: { code, message, remedy, log } };
    store.dispatch({ type: "failure", agentId, failure });
  };

  /** What an agent uses: as it is being measured, or measured now where that is asked for. */
  const resourcesOf = async (
    context: AgentContext,
    facts: ContainerFacts,
    given: { resources?: boolean; signal?: AbortSignal } = {},
  ): Promise<AgentResources | undefined> => {
    const known = live.latest(facts.id);
    if (known || !given.resources) return known;
    return readStats(context, facts, { signal: given.signal }).catch((error: unknown) => {
      if (isAgentError(error, "NOT_RUNNING")) return undefined;
      throw error;
    });
  };

  return {
    create: (input, given) =>
      machine.onEngine(
        given,
        () => parseSpec(input),
        async (context, spec) => {
          const identity = identify(spec, clock.now());
          const { agentId, name } = identity;
          const operation = { agentId, name, engine: context.engine.name, verb: "create" } as const;
          try {
            const facts = await mutations.run(operation, given, async (work) =>
              machine.loggedIn(context, await createAgent(context, spec, identity, work)),
            );
            return await machine.describe(context, facts);
          } catch (error) {
            if (isAgentError(error) && !refusals.has(error.code)) listFailure(operation, error);
            throw error;
          }
        },
      ),

    list: async (given) => {
      const { answers } = await machine.onEngines(given, nothing, async (context) => {
        const foreign = async (): Promise<Agent[]> => {
          const containers = await listForeignContainers(context, given?.signal);
          const records = await foreignRecords(context, containers, given?.signal);
          const described = await machine.describeAll(context, containers);
          return described.map((agent) => withMngrRecord(agent, records.get(agent.id)));
        };
        const [ours, others] = await Promise.all([
          machine.describeAll(context, listAgentContainers(context.engine, given?.signal)),
          given?.foreign ? foreign() : [],
        ]);
        return [...ours, ...others];
      });
      return answers.flat();
    },

    // Once more by its id, because an inspect tells more than a list: when it started, why it ended.
    get: (target, given) =>
      machine.onAgent(target, given, nothing, async (context, found) => {
        const [facts, used, sessions] = await Promise.all([
          context.engine.inspectContainer(found.id, given?.signal),
          resourcesOf(context, found, given),
          askSessions(context, found, given?.signal),
        ]);
        const entry = store.state.engines.get(context.engine.name)?.entries.get(facts.id);
        const unknown = endIsUnknown({ facts, ending: entry?.ending ?? "unknown" });
        const ending = unknown ? await lookUpEnding(context, facts, given?.signal) : undefined;
        const described = await machine.describe(context, facts, ending);
        const agent = described.managedBy
          ? withMngrRecord(
              described,
              (await foreignRecords(context, [facts], given?.signal)).get(described.id),
            )
          : described;
        return {
          ...agent,
          // It may have ended since it was listed.
          ...(sessions && facts.status === "running" && { sessions }),
          ...(used && {
            resources: {
              cpuPercent: used.cpuPercent,
              memoryUsedMiB: used.memoryUsedMiB,
              memoryLimitMiB: used.memoryLimitMiB,
            },
          }),
        };
      }),

    start: (target, given) =>
      machine.change("start", target, given, nothing, async (context, facts, work) =>
        machine.loggedIn(context, await startAgent(context, facts, work)),
      ),

    stop: (target, options, given) =>
      machine.change(
        "stop",
        target,
        given,
        () => parseOptions(stopOptions, options),
        async (context, facts, work, { graceSeconds }) => {
          const at = { engine: context.engine.name, containerId: facts.id };
          store.dispatch({ type: "ending", ...at, ending: "ours" });
          const after = await stopAgent(context, facts, graceSeconds, work);
          // One that had stopped already was not stopped by this.
          if (facts.status !== "exited") rememberStop(context, after);
          return after;
        },
      ),

    restart: (target, options, given) =>
      machine.change(
        "restart",
        target,
        given,
        () => parseOptions(stopOptions, options),
        async (context, facts, work, { graceSeconds }) =>
          machine.loggedIn(context, await restartAgent(context, facts, graceSeconds, work)),
      ),

    pause: (target, given) => machine.change("pause", target, given, nothing, pauseAgent),

    resume: (target, given) => machine.change("resume", target, given, nothing, resumeAgent),

    rename: (target, request, given) =>
      machine.change(
        "rename",
        target,
        given,
        () => parseOptions(renameOptions, request),
        (context, facts, work, { name }) => renameAgent(context, facts, name, work),
      ),

    destroy: (target, options, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(destroyOptions, options),
        async (context, facts, { force, snapshots }) => {
          if (!force) await refuseToLoseWork(context, facts, given?.signal);
          const operation = operationOn(context, facts, "destroy");
          await mutations.run(operation, given, (work) => destroyAgent(context, facts, work, snapshots));
          return { id: operation.agentId, name: operation.name };
        },
      ),

    setTags: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(setTagsOptions, request),
        (context, facts, { tags }) => machine.describe(context, setAgentTags(facts, tags)),
      ),

    exec: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(execOptions, request),
        (context, facts, options) => execInAgent(context, facts, options, given),
      ),

    ...createFileVerbs(machine),

    logs: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(logsOptions, request),
        (context, facts, options) => readLogs(context, facts.id, options, given),
      ),

    stats: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => {
          const { follow } = parseOptions(statsOptions, request);
          if (follow && !given?.onSample) throw nobodyToTell();
          return follow;
        },
        (context, facts, follow) =>
          readStats(context, facts, { signal: given?.signal, ...(follow && { onSample: given?.onSample }) }),
      ),

    diff: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(diffOptions, request),
        (context, facts, options) => diffAgent(context, facts, options, given?.signal),
      ),

    readBlob: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(readBlobOptions, request),
        (context, facts, options) => readBlob(context, facts, options, given?.signal),
      ),

    pull: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(pullOptions, request),
        (context, facts, options) =>
          mutations.run(operationOn(context, facts, "pull"), given, (work) =>
            pullAgent(context, facts, options, work),
          ),
      ),

    push: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(pushOptions, request),
        (context, facts, options) =>
          mutations.run(operationOn(context, facts, "push"), given, (work) =>
            pushToAgent(context, facts, options, work),
          ),
      ),

    overlaps: async (request, given) => {
      const { targets } = checked(() => parseOptions(overlapsOptions, request));
      const all = await Promise.all(
        targets.map((target) =>
          machine.onAgent(target, given, nothing, (context, facts) =>
            diffAgent(context, facts, {}, given?.signal),
          ),
        ),
      );
      // Two names of one agent are one.
      return findOverlaps([...new Map(all.map((changes) => [changes.agentId, changes])).values()]);
    },

    workAtRisk: (target, given) =>
      machine.onAgent(target, given, nothing, (context, facts) => workAtRisk(context, facts, given?.signal)),

    open: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(openOptions, request),
        async (context, facts, { folder, check }) => {
          const { ssh } = await machine.describe(context, facts);
          const found = openTarget(facts, ssh, folder);
          if (check && ssh) {
            const operation = operationOn(context, facts, "start");
            await mutations.run(operation, given, (work) => readyForEditor(context, facts, ssh, work));
          }
          return found;
        },
      ),

    ...createSnapshotVerbs(machine, mutations, shown),

    prune: (request, given) =>
      machine.onEngine(
        given,
        () => parseOptions(pruneOptions, request),
        (context, { remove }) =>
          pruneLeftovers(context, remove, {
            signal: given?.signal,
            onProgress: (stage, detail) => given?.onProgress?.({ stage, detail }),
          }),
      ),

    dismiss(agentId) {
      const failure = store.state.failures.get(agentId);
      store.dispatch({ type: "failure", agentId, failure: undefined });
      return failure;
    },
  };
}
