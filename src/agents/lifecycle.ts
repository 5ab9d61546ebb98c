import { readFile } from "node:fs/promises";
import { AgentError } from "../model/errors.js";
import type { AgentLabels } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import { hostOf } from "../store/describe.js";
import type { AgentContext, Work } from "./context.js";
import { requireLabels } from "./facts.js";
import { waitForLogin } from "./login.js";

/** What a login to an existing agent takes. Undefined where this machine has no key for it. */
async function credentialsOf(context: AgentContext, labels: AgentLabels) {
  const { alias, sshPort: port, hostKey: hostPublicKey, user, agentId } = labels;
  if (!alias || !port || !hostPublicKey || !(await context.sshFiles.hasKey(agentId))) return undefined;
  const privateKey = await readFile(context.sshFiles.of(agentId).identityFile, "utf8");
  return { alias, port, hostPublicKey, user, agentId, privateKey };
}

/**
 * Tries one login to a running agent with the key of this machine; true when it succeeded, false when this machine
 * has no key. Errors: `SSH_UNREACHABLE`, `SSH_AUTH`, `HOST_KEY_CHANGED`, `START_FAILED`.
 */
export async function checkLogin(
  context: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<boolean> {
  const credentials = await credentialsOf(context, requireLabels(facts));
  if (!credentials) return false;
  await waitForLogin(context, facts.id, { ...credentials, signal });
  return true;
}

/** Writes the config block again where it was lost: the file is ours to lose, the key is not. */
async function restoreBlock(context: AgentContext, labels: AgentLabels, signal?: AbortSignal): Promise<void> {
  const credentials = await credentialsOf(context, labels);
  if (!credentials) return;
  const { alias, port, user, hostPublicKey, agentId } = credentials;
  await context.ssh.add(
    {
      alias,
      agentId,
      engine: context.engine.name,
      hostName: hostOf(context.endpoint),
      port,
      user,
      hostPublicKey,
    },
    signal,
  );
}

/** Starts an agent and waits until it takes a login. Already running is success (SPEC L2). */
export async function startAgent(
  context: AgentContext,
  facts: ContainerFacts,
  work: Work,
): Promise<ContainerFacts> {
  const labels = requireLabels(facts);
  const { engine } = context;
  if (facts.status === "paused") {
    throw new AgentError("UNSUPPORTED", `${labels.name} is paused.`, {
      remedy: `Run: docker unpause ${facts.name}`,
    });
  }
  work.onProgress("Starting");
  await Promise.all([
    engine.startContainer(facts.id, work.signal),
    restoreBlock(context, labels, work.signal),
  ]);
  return afterStart(context, facts, work);
}

async function afterStart(context: AgentContext, facts: ContainerFacts, work: Work): Promise<ContainerFacts> {
  work.onProgress("Waiting for the first login");
  const [now] = await Promise.all([
    context.engine.inspectContainer(facts.id, work.signal),
    checkLogin(context, facts, work.signal),
  ]);
  return now;
}

/** TERM, `graceSeconds`, then KILL. Already stopped is success (SPEC L2). */
export async function stopAgent(
  context: AgentContext,
  facts: ContainerFacts,
  graceSeconds: number,
  work: Work,
): Promise<ContainerFacts> {
  work.onProgress("Stopping");
  await context.engine.stopContainer(facts.id, graceSeconds, work.signal);
  return context.engine.inspectContainer(facts.id, work.signal);
}

/** Stops, starts, and waits for a login. */
export async function restartAgent(
  context: AgentContext,
  facts: ContainerFacts,
  graceSeconds: number,
  work: Work,
): Promise<ContainerFacts> {
  work.onProgress("Restarting");
  await context.engine.restartContainer(facts.id, graceSeconds, work.signal);
  return afterStart(context, facts, work);
}
