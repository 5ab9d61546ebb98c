import type { AgentContext, Work } from "../agents/context.js";
import { findAgent, listAgentContainers, type EngineAgents } from "../agents/facts.js";
import { listForeignContainers } from "../agents/foreign.js";
import type { Agent } from "../model/agent.js";
import { parseEndpoint } from "../model/endpoint.js";
import type { Ending } from "../model/exit.js";
import { isAgentError, toAgentError, type AgentError } from "../model/errors.js";
import { labelKeys } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { KeysHeld, SshFiles } from "../ssh/sshFiles.js";
import { describeAgent } from "../store/describe.js";
import type { Entry, Operation, OperationVerb } from "../store/state.js";
import type { Store } from "../store/store.js";
import type { VerbOptions } from "./core.js";
import type { Engines } from "./engines.js";
import type { Mutations } from "./mutations.js";
import type { Session } from "./session.js";

/** What every verb is run with. */
export interface MachineParts {
  engines: Engines;
  store: Store;
  mutations: Mutations;
  sshFiles: SshFiles;
}

/** How verbs are run: on which engine, on which agent, and what they give. */
export interface Machine {
  /** An agent of an engine as every door shows it. */
  describeEntry(engine: string, entry: Entry): Agent;
  /** The same from the container alone; `ending` where the caller knows better than the events so far. */
  describe(context: AgentContext, facts: ContainerFacts, ending?: Ending): Promise<Agent>;
  /** Those of a list, which may be under way: this machine's keys are looked up beside it. */
  describeAll(
    context: AgentContext,
    containers: readonly ContainerFacts[] | Promise<readonly ContainerFacts[]>,
  ): Promise<Agent[]>;
  /**
   * Checks what was given before the engine is asked anything, then runs `work`, once the engine answers. Every
   * rejection is an `AgentError`.
   */
  onEngine<I, T>(
    given: VerbOptions | undefined,
    check: () => I,
    work: (context: AgentContext, input: I) => Promise<T>,
  ): Promise<T>;
  /**
   * The same on every engine at once, or on the one that was chosen. One that does not answer is a failure beside the
   * others' answers; rejects when none answers.
   */
  onEngines<I, T>(
    given: VerbOptions | undefined,
    check: () => I,
    work: (context: AgentContext, input: I) => Promise<T>,
  ): Promise<{ answers: T[]; failures: AgentError[] }>;
  /** The same on the agent that `target` means, on whichever engine it is. */
  onAgent<I, T>(
    target: string,
    given: VerbOptions | undefined,
    check: () => I,
    work: (context: AgentContext, facts: ContainerFacts, input: I) => Promise<T>,
  ): Promise<T>;
  /** A verb that changes one agent: shown while it runs, one at a time; gives that agent as it is afterwards. */
  change<I>(
    verb: OperationVerb,
    target: string,
    given: VerbOptions | undefined,
    check: () => I,
    work: (context: AgentContext, facts: ContainerFacts, work: Work, input: I) => Promise<ContainerFacts>,
  ): Promise<Agent>;
  /** A login has just succeeded in a verb: nobody needs to try it again. */
  loggedIn(context: AgentContext, facts: ContainerFacts): ContainerFacts;
}

/** The identity of a verb on an agent, for the state. */
export function operationOn(
  context: AgentContext,
  { id, name, labels }: ContainerFacts,
  verb: OperationVerb,
): Omit<Operation, "stage"> {
  return {
    agentId: labels[labelKeys.agentId] ?? id,
    name,
    engine: context.engine.name,
    verb,
  };
}

const nothing = () => undefined;

/** What a check gives. Whatever it throws becomes an `AgentError`. */
export function checked<I>(check: () => I): I {
  try {
    return check();
  } catch (error) {
    throw toAgentError(error);
  }
}

/** Runs `work` once the engine answers; what fails with an engine's error makes the next call look again. */
async function on<T>(
  session: Session,
  given: VerbOptions | undefined,
  work: (context: AgentContext) => Promise<T>,
): Promise<T> {
  try {
    return await work(await session.connected(given?.signal));
  } catch (error) {
    const problem = toAgentError(error);
    if (problem.code.startsWith("ENGINE_")) session.doubt();
    throw problem;
  }
}

/** An agent of ours, or else, at the price of more requests, another program's container. */
async function findAnywhere(
  answers: readonly EngineAgents[],
  target: string,
  failures: readonly AgentError[],
  signal: AbortSignal | undefined,
): Promise<{ context: AgentContext; facts: ContainerFacts }> {
  try {
    return findAgent(answers, target, failures);
  } catch (error) {
    if (!isAgentError(error, "NOT_FOUND")) throw error;
    const foreign = await Promise.all(
      answers.map(async ({ context }) => ({ context, agents: await listForeignContainers(context, signal) })),
    );
    return findAgent(foreign, target, failures);
  }
}

export function createMachine({ engines, store, mutations, sshFiles }: MachineParts): Machine {
  const describeWith = (
    keysHeld: KeysHeld,
    { engine: { name } }: AgentContext,
    facts: ContainerFacts,
    better?: Ending,
  ): Agent => {
    const known = store.state.engines.get(name)?.entries.get(facts.id);
    const hasKey = keysHeld(facts.labels[labelKeys.agentId] ?? "");
    const { login = { kind: "unknown" }, ending = "unknown" } = known ?? {};
    return machine.describeEntry(name, { facts, hasKey, login, ending: better ?? ending });
  };
  const machine: Machine = {
    describeEntry: (engine, entry) =>
      describeAgent(entry, {
        engine,
        endpoint: parseEndpoint(engine),
        sshFilesOf: (agentId) => sshFiles.of(agentId),
      }),

    describe: async (context, facts, better) =>
      describeWith(await sshFiles.keysHeld(), context, facts, better),

    async describeAll(context, containers) {
      // Of an agent whose key came between the two the container has just been made: it takes no login yet.
      const [keysHeld, found] = await Promise.all([sshFiles.keysHeld(), containers]);
      return found.map((facts) => describeWith(keysHeld, context, facts));
    },

    async onEngine(given, check, work) {
      try {
        const input = check();
        const session = await (await engines.choose(given?.engine)).session();
        return await on(session, given, (context) => work(context, input));
      } catch (error) {
        throw toAgentError(error);
      }
    },

    async onEngines(given, check, work) {
      try {
        const input = check();
        const chosen = given?.engine === undefined ? engines.slots : [await engines.choose(given.engine)];
        const settled = await Promise.allSettled(
          chosen.map(async (slot) => on(await slot.session(), given, (context) => work(context, input))),
        );
        given?.signal?.throwIfAborted();
        const answers = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
        const failures = settled.flatMap((one) =>
          one.status === "rejected" ? [toAgentError(one.reason)] : [],
        );
        // With nothing but failures there is no answer: the main engine's comes first.
        if (answers.length === 0 && failures[0]) throw failures[0];
        return { answers, failures };
      } catch (error) {
        throw toAgentError(error);
      }
    },

    async onAgent(target, given, check, work) {
      const input = checked(check);
      const { answers, failures } = await machine.onEngines(given, nothing, async (context) => ({
        context,
        agents: await listAgentContainers(context.engine, given?.signal),
      }));
      try {
        const { context, facts } = await findAnywhere(answers, target, failures, given?.signal);
        return await work(context, facts, input);
      } catch (error) {
        throw toAgentError(error);
      }
    },

    change: (verb, target, given, check, work) =>
      machine.onAgent(target, given, check, async (context, facts, input) => {
        const operation = operationOn(context, facts, verb);
        const after = await mutations.run(operation, given, (running) =>
          work(context, facts, running, input),
        );
        // What had ended before our stop did so for a reason of its own.
        const stopped = verb === "stop" && facts.status !== "exited" && facts.status !== "dead";
        return machine.describe(context, after, stopped ? "ours" : undefined);
      }),

    loggedIn(context, facts) {
      const engine = context.engine.name;
      store.dispatch({ type: "login", engine, containerId: facts.id, login: { kind: "ok" } });
      return facts;
    },
  };
  return machine;
}
