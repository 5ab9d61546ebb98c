import type { AgentContext, Work } from "../agents/context.js";
import { findAgentContainer } from "../agents/facts.js";
import type { Agent } from "../model/agent.js";
import { parseEndpoint } from "../model/endpoint.js";
import type { Ending } from "../model/exit.js";
import { toAgentError } from "../model/errors.js";
import { labelKeys } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { SshFiles } from "../ssh/sshFiles.js";
import { describeAgent } from "../store/describe.js";
import type { Entry, Operation, OperationVerb } from "../store/state.js";
import type { Store } from "../store/store.js";
import type { VerbOptions } from "./core.js";
import type { Mutations } from "./mutations.js";
import type { Session } from "./session.js";

/** What every verb is run with. */
export interface MachineParts {
  session: () => Promise<Session>;
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
  /**
   * Checks what was given before the engine is asked anything, then runs `work`, once the engine answers. Every
   * rejection is an `AgentError`.
   */
  onEngine<I, T>(
    given: VerbOptions | undefined,
    check: () => I,
    work: (context: AgentContext, input: I) => Promise<T>,
  ): Promise<T>;
  /** The same on the agent that `target` means. */
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

export function createMachine({ session, store, mutations, sshFiles }: MachineParts): Machine {
  const machine: Machine = {
    describeEntry: (engine, entry) =>
      describeAgent(entry, {
        engine,
        endpoint: parseEndpoint(engine),
        sshFilesOf: (agentId) => sshFiles.of(agentId),
      }),

    async describe(context, facts, better) {
      const engine = context.engine.name;
      const known = store.state.engines.get(engine)?.entries.get(facts.id);
      const hasKey = await sshFiles.hasKey(facts.labels[labelKeys.agentId] ?? "");
      const { login = { kind: "unknown" }, ending = "unknown" } = known ?? {};
      return machine.describeEntry(engine, { facts, hasKey, login, ending: better ?? ending });
    },

    async onEngine(given, check, work) {
      let used: Session | undefined;
      try {
        const input = check();
        used = await session();
        return await work(await used.connected(given?.signal), input);
      } catch (error) {
        const problem = toAgentError(error);
        if (problem.code.startsWith("ENGINE_")) used?.doubt();
        throw problem;
      }
    },

    onAgent: (target, given, check, work) =>
      machine.onEngine(given, check, async (context, input) =>
        work(context, await findAgentContainer(context.engine, target, given?.signal), input),
      ),

    change: (verb, target, given, check, work) =>
      machine.onAgent(target, given, check, async (context, facts, input) => {
        const operation = operationOn(context, facts, verb);
        const after = await mutations.run(operation, given, (running) =>
          work(context, facts, running, input),
        );
        return machine.describe(context, after, verb === "stop" ? "ours" : undefined);
      }),

    loggedIn(context, facts) {
      const engine = context.engine.name;
      store.dispatch({ type: "login", engine, containerId: facts.id, login: { kind: "ok" } });
      return facts;
    },
  };
  return machine;
}
