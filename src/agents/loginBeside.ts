import { anySignal } from "../util/abort.js";
import { together } from "../util/together.js";
import type { AgentContext } from "./context.js";

/**
 * Runs `login` beside `other`, what a started container needs besides, and settles when both have. An `other` that
 * fails ends the wait for the login, with its error; but where the container has ended, the login is left to say why.
 */
export async function loginBeside<T>(
  context: AgentContext,
  containerId: string,
  signal: AbortSignal | undefined,
  login: (signal: AbortSignal) => Promise<T>,
  other: () => Promise<void>,
): Promise<T> {
  const failed = new AbortController();
  const guarded = async (): Promise<void> => {
    try {
      await other();
    } catch (error) {
      const { status } = await context.engine.inspectContainer(containerId);
      if (status === "running") failed.abort(error);
      throw error;
    }
  };
  const [result] = await together(login(anySignal(signal, failed.signal)), guarded());
  return result;
}
