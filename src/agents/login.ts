import { AgentError, isAgentError, messageOf } from "../model/errors.js";
import { hostOf } from "../store/describe.js";
import type { AgentContext } from "./context.js";
import { readLogs } from "./logs.js";

/** What a login needs to know. Keys as text, so that they can be tried before they are written. */
export interface Credentials {
  port: number;
  user: string;
  /** OpenSSH private key. */
  privateKey: string;
  /** `ssh-ed25519 AAAA…`; any other key is refused. */
  hostPublicKey: string;
  signal?: AbortSignal;
}

const logLines = 50;

/** The last lines a container wrote, both streams together, oldest first. Empty where they cannot be read. */
export async function tailLogs(context: AgentContext, containerId: string): Promise<string> {
  try {
    const text = await readLogs(context, containerId, { tail: logLines, timestamps: false });
    return text.trimEnd();
  } catch (error) {
    // The log only explains another error, which is the one to show.
    context.log.debug(`No log of ${containerId}: ${messageOf(error)}`);
    return "";
  }
}

/**
 * Settles when an SSH login to the container has succeeded. Throws `SSH_UNREACHABLE`, `SSH_AUTH` or
 * `HOST_KEY_CHANGED` with the container's log, and `START_FAILED` when the container has ended meanwhile.
 */
export async function waitForLogin(
  context: AgentContext,
  containerId: string,
  credentials: Credentials,
): Promise<void> {
  const { login } = await import("../ssh/login.js");
  try {
    await login({ host: hostOf(context.endpoint), clock: context.clock, ...credentials });
  } catch (error) {
    if (!isAgentError(error) || error.code === "CANCELLED") throw error;
    const [facts, log] = await Promise.all([
      context.engine.inspectContainer(containerId),
      tailLogs(context, containerId),
    ]);
    if (facts.status === "running") throw withLog(error, log);
    throw new AgentError(
      "START_FAILED",
      `${facts.name} ended before it took a login (code ${facts.exit?.code ?? 0}).`,
      {
        cause: error,
        log,
        remedy: "See its log for the reason.",
      },
    );
  }
}

function withLog(error: AgentError, log: string): AgentError {
  const { remedy, suggestion, field, cause } = error;
  return new AgentError(error.code, error.message, { remedy, suggestion, field, cause, log });
}
