import { readFile } from "node:fs/promises";
import { isAgentError } from "../model/errors.js";
import type { AgentLabels } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { AgentContext, Work } from "./context.js";
import { nameConflict } from "./checkRequest.js";
import { listAgentContainers, requireLabels } from "./facts.js";
import { sshHostOf } from "./route.js";
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
  await context.ssh.add(sshHostOf(context, credentials), signal);
}

/** Starts an agent, or lets a paused one go on, and waits until it takes a login. Running is success (SPEC L2). */
export async function startAgent(
  context: AgentContext,
  facts: ContainerFacts,
  work: Work,
): Promise<ContainerFacts> {
  const labels = requireLabels(facts);
  const { engine } = context;
  work.onProgress("Starting");
  const begun =
    facts.status === "paused"
      ? engine.unpauseContainer(facts.id, work.signal)
      : engine.startContainer(facts.id, work.signal);
  await Promise.all([begun, restoreBlock(context, labels, work.signal)]);
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

/** Freezes every process of a running agent. Already paused is success; `NOT_RUNNING` (SPEC L2). */
export async function pauseAgent(
  context: AgentContext,
  facts: ContainerFacts,
  work: Work,
): Promise<ContainerFacts> {
  work.onProgress("Pausing");
  await context.engine.pauseContainer(facts.id, work.signal);
  return context.engine.inspectContainer(facts.id, work.signal);
}

/** Lets a paused agent go on. Already running is success; `NOT_RUNNING` (SPEC L2). */
export async function resumeAgent(
  context: AgentContext,
  facts: ContainerFacts,
  work: Work,
): Promise<ContainerFacts> {
  work.onProgress("Resuming");
  await context.engine.unpauseContainer(facts.id, work.signal);
  return context.engine.inspectContainer(facts.id, work.signal);
}

/**
 * Gives an agent another name; the old one is free again (SPEC L4). Id, alias, keys and open windows stay as they
 * are, and so does the host name inside. `NAME_CONFLICT` with a free name as suggestion.
 */
export async function renameAgent(
  context: AgentContext,
  facts: ContainerFacts,
  name: string,
  work: Work,
): Promise<ContainerFacts> {
  work.onProgress("Renaming");
  try {
    await context.engine.renameContainer(facts.id, name, work.signal);
  } catch (error) {
    if (!isAgentError(error, "NAME_CONFLICT")) throw error;
    throw nameConflict(name, await listAgentContainers(context.engine, work.signal), error);
  }
  return context.engine.inspectContainer(facts.id, work.signal);
}
