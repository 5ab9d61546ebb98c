import { createAgent, identify } from "../agents/create.js";
import { destroyAgent } from "../agents/destroy.js";
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
import { readLogs } from "../agents/logs.js";
import { openTarget, readyForEditor } from "../agents/open.js";
import { pruneLeftovers } from "../agents/prune.js";
import { setAgentTags } from "../agents/setTags.js";
import { isAgentError, type AgentError, type ErrorCode } from "../model/errors.js";
import {
  destroyOptions,
  execOptions,
  logsOptions,
  openOptions,
  parseOptions,
  pruneOptions,
  renameOptions,
  setTagsOptions,
  stopOptions,
} from "../model/options.js";
import { parseSpec } from "../model/spec.js";
import type { Operation } from "../store/state.js";
import type { Store } from "../store/store.js";
import type { Clock } from "../util/clock.js";
import type { Core } from "./core.js";
import { operationOn, type Machine } from "./machine.js";
import type { Mutations } from "./mutations.js";

/** The verbs that work on agents. */
export type Verbs = Omit<
  Core,
  "health" | "removeSshIntegration" | "picture" | "onDidChange" | "watch" | "refresh" | "dispose"
>;

const nothing = () => undefined;

/** What is refused before anything is touched, and what the user ended: nothing failed, so nothing is listed. */
const refusals: ReadonlySet<ErrorCode> = new Set([
  "CANCELLED",
  "SPEC_INVALID",
  "NAME_CONFLICT",
  "WORKSPACE_INVALID",
]);

/** Each verb of `Core`, as what is checked, what is done, and what it gives. */
export function createVerbs(machine: Machine, mutations: Mutations, store: Store, clock: Clock): Verbs {
  /** A create that failed stays listed, with its log, until it is dismissed (SPEC L1). */
  const listFailure = (operation: Omit<Operation, "stage">, error: AgentError): void => {
    const { agentId, name, engine } = operation;
    const { code, message, remedy, log } = error;
    const at = new Date(clock.now()).toISOString();
    const failure = { agentId, name, engine, at, error: { code, message, remedy, log } };
    store.dispatch({ type: "failure", agentId, failure });
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
        const containers = await listAgentContainers(context.engine, given?.signal);
        return Promise.all(containers.map((facts) => machine.describe(context, facts)));
      });
      return answers.flat();
    },

    // Once more by its id, because an inspect tells more than a list: when it started, why it ended.
    get: (target, given) =>
      machine.onAgent(target, given, nothing, async (context, { id }) =>
        machine.describe(context, await context.engine.inspectContainer(id, given?.signal)),
      ),

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
        (context, facts, work, { graceSeconds }) => {
          const at = { engine: context.engine.name, containerId: facts.id };
          store.dispatch({ type: "ending", ...at, ending: "ours" });
          return stopAgent(context, facts, graceSeconds, work);
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
        async (context, facts) => {
          const operation = operationOn(context, facts, "destroy");
          await mutations.run(operation, given, (work) => destroyAgent(context, facts, work));
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

    logs: (target, request, given) =>
      machine.onAgent(
        target,
        given,
        () => parseOptions(logsOptions, request),
        (context, facts, options) => readLogs(context, facts.id, options, given?.signal),
      ),

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
