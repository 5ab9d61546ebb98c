import { AgentError, isAgentError, messageOf, toAgentError } from "../model/errors.js";
import { anySignal } from "../util/abort.js";
import type { AgentContext } from "./context.js";
import { loginRoute } from "./route.js";
import { readLastLines } from "./logs.js";

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
    return await readLastLines(context, containerId, logLines);
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
  { signal, ...credentials }: Credentials,
): Promise<void> {
  const { login } = await import("../ssh/login.js");
  const over = new AbortController();
  const until = anySignal(signal, over.signal);
  // An agent that dies takes no login: whoever waits for one need not wait for the deadline.
  const died = context.engine.waitContainer(containerId, until).then(() => over.abort(ended));
  // Its own failures, the abort after a login among them, are none of this wait's.
  died.catch(() => undefined);
  try {
    const route = loginRoute(context, credentials.port);
    await login({ ...route, clock: context.clock, ...credentials, signal: until });
  } catch (error) {
    signal?.throwIfAborted();
    if (!isAgentError(error) && error !== ended) throw error;
    throw await explain(context, containerId, error === ended ? undefined : toAgentError(error));
  } finally {
    over.abort();
  }
}

const ended = new Error("The container ended.");

async function explain(
  context: AgentContext,
  containerId: string,
  error: AgentError | undefined,
): Promise<AgentError> {
  const [facts, log] = await Promise.all([
    context.engine.inspectContainer(containerId),
    tailLogs(context, containerId),
  ]);
  if (error && facts.status === "running") {
    const { remedy, suggestion, field, cause } = error;
    return new AgentError(error.code, error.message, { remedy, suggestion, field, cause, log });
  }
  return new AgentError(
    "START_FAILED",
    `${facts.name} ended before it took a login (code ${facts.exit?.code ?? 0}).`,
    {
      cause: error,
      log,
      remedy: "See its log for the reason.",
    },
  );
}
