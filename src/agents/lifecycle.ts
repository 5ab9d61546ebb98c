import { readFile } from "node:fs/promises";
import { type AgentError, isAgentError, messageOf, toAgentError } from "../model/errors.js";
import type { AgentLabels } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { SecretDelivery } from "../secrets/secretFiles.js";
import { together } from "../util/together.js";
import type { AgentContext, Work } from "./context.js";
import { nameConflict } from "./checkRequest.js";
import { loginBeside } from "./loginBeside.js";
import { foreignIdentity } from "../model/foreign.js";
import { refuseForeign } from "./foreign.js";
import { listAgentContainers, requireLabels } from "./facts.js";
import { sshHostOf } from "./route.js";
import { renameSessions } from "./sessions.js";
import { deliverSecrets, hasSecrets, recallDelivery } from "./secrets.js";
import { startOnNetwork } from "./startOnNetwork.js";
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

/**
 * What an agent that somebody else has started needs of this machine: its secrets, and one login. Where this machine
 * cannot read a secret, whoever started the agent may have delivered it. Errors: those of `checkLogin`,
 * `SECRET_UNAVAILABLE`.
 */
export async function welcomeAgent(
  context: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<void> {
  let problem: AgentError | undefined;
  const recalled = recallDelivery(context, requireLabels(facts)).catch((error: unknown) => {
    problem = toAgentError(error);
    return undefined;
  });
  const login = (until: AbortSignal) => checkLogin(context, facts, until);
  const deliver = async () => deliverSecrets(context, facts.id, await recalled, signal);
  await loginBeside(context, facts.id, signal, login, deliver);
  if (problem && !(await hasSecrets(context, facts.id, signal))) throw problem;
}

/**
 * Writes the config block again where it was lost: the file is ours to lose, the key is not. False where this machine
 * has no key.
 */
export async function restoreBlock(
  context: AgentContext,
  labels: AgentLabels,
  signal?: AbortSignal,
): Promise<boolean> {
  const credentials = await credentialsOf(context, labels);
  if (!credentials) return false;
  await context.ssh.add(sshHostOf(context, credentials), signal);
  return true;
}

/**
 * Starts an agent, or lets a paused one go on, gives it its secrets, and waits until it takes a login. Running is
 * success (SPEC L2). `SECRET_UNAVAILABLE` before anything is touched.
 */
export async function startAgent(
  context: AgentContext,
  facts: ContainerFacts,
  work: Work,
): Promise<ContainerFacts> {
  const { engine } = context;
  if (foreignIdentity(facts.labels)) {
    work.onProgress("Starting");
    if (facts.status === "paused") await engine.unpauseContainer(facts.id, work.signal);
    else await engine.startContainer(facts.id, work.signal);
    return afterForeignStart(context, facts, work);
  }
  const labels = requireLabels(facts);
  const delivery = await recallDelivery(context, labels);
  work.onProgress("Starting");
  const begun =
    facts.status === "paused"
      ? engine.unpauseContainer(facts.id, work.signal)
      : startOnNetwork(context, facts, work);
  await Promise.all([begun, restoreBlock(context, labels, work.signal)]);
  return afterStart(context, facts, delivery, work);
}

/** Docker's start brings back a container, and not what mngr runs in it (research/mngr 2.1.10). */
async function afterForeignStart(
  context: AgentContext,
  facts: ContainerFacts,
  work: Work,
): Promise<ContainerFacts> {
  if (foreignIdentity(facts.labels)?.managedBy === "mngr")
    work.onProgress("Started; its agents and its idle watcher come back only with: mngr start");
  return context.engine.inspectContainer(facts.id, work.signal);
}

async function afterStart(
  context: AgentContext,
  facts: ContainerFacts,
  delivery: SecretDelivery | undefined,
  work: Work,
): Promise<ContainerFacts> {
  work.onProgress("Waiting for the first login");
  const { signal } = work;
  const login = (until: AbortSignal) => checkLogin(context, facts, until);
  const deliver = () => deliverSecrets(context, facts.id, delivery, signal);
  const [now] = await together(
    context.engine.inspectContainer(facts.id, signal),
    loginBeside(context, facts.id, signal, login, deliver),
  );
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

/** Stops, starts, gives the secrets, and waits for a login. `SECRET_UNAVAILABLE` before anything is touched. */
export async function restartAgent(
  context: AgentContext,
  facts: ContainerFacts,
  graceSeconds: number,
  work: Work,
): Promise<ContainerFacts> {
  const foreign = foreignIdentity(facts.labels) !== undefined;
  const delivery = foreign ? undefined : await recallDelivery(context, requireLabels(facts));
  work.onProgress("Restarting");
  const restart = () => context.engine.restartContainer(facts.id, graceSeconds, work.signal);
  await (foreign ? restart() : startOnNetwork(context, facts, work, restart));
  return foreign ? afterForeignStart(context, facts, work) : afterStart(context, facts, delivery, work);
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
  refuseForeign(facts, "renamed");
  work.onProgress("Renaming");
  try {
    await context.engine.renameContainer(facts.id, name, work.signal);
  } catch (error) {
    if (!isAgentError(error, "NAME_CONFLICT")) throw error;
    throw nameConflict(name, await listAgentContainers(context.engine, work.signal), error);
  }
  try {
    await renameSessions(context, facts, name, work.signal);
  } catch (error) {
    // It has its new name; what its sessions are called in tmux is not worth taking that back.
    context.log.warn(`${name}: its sessions keep the name ${facts.name}: ${messageOf(error)}`);
  }
  return context.engine.inspectContainer(facts.id, work.signal);
}
