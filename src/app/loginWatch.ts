import { welcomeAgent } from "../agents/lifecycle.js";
import type { AgentContext } from "../agents/context.js";
import { toAgentError } from "../model/errors.js";
import { labelKeys } from "../model/labels.js";
import type { Entry, LoginState, State } from "../store/state.js";
import type { Store } from "../store/store.js";
import type { Disposable } from "../util/dispose.js";

const atOnce = 4;

/**
 * Gives its secrets to every running agent that nobody has tried since its start, whoever started it, and tries one
 * login: another window, the command line, `docker restart`. An agent with a verb under way in this process is left to that verb.
 */
export function watchLogins(store: Store, contextOf: (engine: string) => Promise<AgentContext>): Disposable {
  const stopped = new AbortController();
  const trying = new Set<string>();

  const next = (state: State): { engine: string; entry: Entry } | undefined => {
    for (const engine of state.engines.values()) {
      for (const entry of engine.entries.values()) {
        const { facts, hasKey, login } = entry;
        const busy = state.operations.has(facts.labels[labelKeys.agentId] ?? "");
        if (
          facts.status === "running" &&
          hasKey &&
          login.kind === "unknown" &&
          !busy &&
          !trying.has(facts.id)
        ) {
          return { engine: engine.name, entry };
        }
      }
    }
    return undefined;
  };

  const attempt = async (engine: string, { facts, login: before }: Entry): Promise<void> => {
    const tell = (login: LoginState): void => {
      // Another one means another start meanwhile, or a verb that knows better: what was found is of the past.
      const now = store.state.engines.get(engine)?.entries.get(facts.id)?.login;
      if (now === before) store.dispatch({ type: "login", engine, containerId: facts.id, login });
    };
    try {
      await welcomeAgent(await contextOf(engine), facts, stopped.signal);
      tell({ kind: "ok" });
    } catch (error) {
      if (stopped.signal.aborted) return;
      const { code, message, remedy } = toAgentError(error);
      tell({ kind: "failed", problem: { code, message, remedy } });
    } finally {
      trying.delete(facts.id);
    }
  };

  const look = (): void => {
    while (trying.size < atOnce && !stopped.signal.aborted) {
      const found = next(store.state);
      if (!found) return;
      trying.add(found.entry.facts.id);
      void attempt(found.engine, found.entry).then(look);
    }
  };

  const listening = store.onDidChange(look);
  look();
  return {
    dispose: () => {
      stopped.abort();
      listening.dispose();
    },
  };
}
