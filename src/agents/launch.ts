import { isLocal } from "../model/endpoint.js";
import { AgentError, isAgentError, messageOf } from "../model/errors.js";
import { labelKeys, type AgentLabels } from "../model/labels.js";
import type { ContainerBody } from "../model/containerBody.js";
import type { NetworkConfig } from "../model/network.js";
import { applyStartArgs } from "../model/startArgs/applyStartArgs.js";
import type { ParsedStartArgs } from "../model/startArgs/parseStartArgs.js";
import { renderBytes } from "../model/size.js";
import type { AgentSpec } from "../model/spec.js";
import type { PreparedImage } from "../image/preparedImage.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { SshKeyPair } from "../ssh/keyPair.js";
import { renderSshdEnvironment } from "../ssh/sshdEnvironment.js";
import { abortable } from "../util/abort.js";
import { packAgentArchive } from "../workspace/agentArchive.js";
import { renderAgentFiles } from "../workspace/agentFiles.js";
import type { CopyOptions } from "../workspace/copyWorkspace.js";
import type { AgentContext, Work } from "./context.js";
import { listAgentContainers } from "./facts.js";
import { waitForLogin } from "./login.js";
import { ensureNetwork } from "./network.js";
import { renderContainer, volumeName, type AgentPlan } from "./plan.js";
import { sshHostOf } from "./route.js";
import { UndoStack } from "./undo.js";

/** Everything but the ports, which may have to be chosen again. */
export interface Draft {
  spec: AgentSpec;
  /** The folder to copy into the workspace, as a real path. */
  source?: string;
  prepared: PreparedImage;
  startArgs: ParsedStartArgs;
  /** `exact` where an existing network must have that configuration too. */
  network: { config: NetworkConfig; exact: boolean };
  cpus: number;
  memoryBytes: number;
  avoidPorts: ReadonlySet<number>;
  clientKey: SshKeyPair;
  hostKey: SshKeyPair;
  labels: AgentLabels & { alias: string; projectId: string };
}

const attempts = 5;

/**
 * Makes the container, gives it its keys and its workspace in one archive, starts it, and waits for a login. Where
 * another process took one of the ports, or removed the network, in between, it is made again.
 */
export async function launch(
  context: AgentContext,
  draft: Draft,
  work: Work,
  undo: UndoStack,
): Promise<ContainerFacts> {
  for (let attempt = 1; ; attempt += 1) {
    const steps = new UndoStack(context.log);
    undo.push(`agent ${draft.labels.name}`, async () => {
      const left = await steps.unwind();
      if (left.length > 0) throw new AgentError("INTERNAL", `left: ${left.join(", ")}`);
    });
    await ensureNetwork(context, draft.network.config, draft.network.exact, work.signal);
    const plan = await choosePorts(context, draft, steps);
    try {
      return await launchOnce(context, draft, plan, work, steps);
    } catch (error) {
      if (attempt === attempts || !(isOurPort(error, draft) || isAgentError(error, "NETWORK_CONFLICT")))
        throw error;
      context.log.info(`${draft.labels.name}: ${messageOf(error)} Trying again.`);
      await steps.unwind();
    }
  }
}

async function choosePorts(context: AgentContext, draft: Draft, steps: UndoStack): Promise<AgentPlan> {
  const local = isLocal(context.endpoint);
  const ssh = await context.ports.take(draft.avoidPorts, local);
  steps.push("the SSH port", () => Promise.resolve(ssh.release()));
  const app = await context.ports.take(draft.avoidPorts, local);
  steps.push("the port", () => Promise.resolve(app.release()));
  const { spec, prepared, network, cpus, memoryBytes } = draft;
  const labels = { ...draft.labels, sshPort: ssh.port, appPort: app.port, hostKey: draft.hostKey.publicKey };
  return { spec, image: prepared.reference, network: network.config.name, cpus, memoryBytes, labels };
}

/** True where it was one of the ports that we chose, and not one that the user asked for. */
function isOurPort(error: unknown, { spec, startArgs }: Draft): boolean {
  if (!isAgentError(error, "PORT_CONFLICT")) return false;
  const bindings = Object.values(startArgs.body.HostConfig?.PortBindings ?? {}).flat();
  const asked = [...spec.ports.map(({ hostPort }) => hostPort), ...bindings.map(({ HostPort }) => HostPort)];
  return !asked.some((port) => port && new RegExp(`\\b${port}\\b`).test(error.message));
}

async function launchOnce(
  context: AgentContext,
  draft: Draft,
  plan: AgentPlan,
  work: Work,
  steps: UndoStack,
): Promise<ContainerFacts> {
  const { engine, ssh, log } = context;
  const { signal } = work;
  const { agentId, name, alias, sshPort } = plan.labels;

  work.onProgress("Creating the container");
  steps.push("the SSH files", () => ssh.remove(agentId));
  await ssh.writeKey(agentId, draft.clientKey);

  steps.push("the volume", () => engine.removeVolume(volumeName(agentId)));
  // Not handed the signal: an aborted request may still have made the container, and then nobody would know its id.
  const body = applyStartArgs(renderContainer(plan), draft.startArgs);
  const creating = engine.createContainer(name, body);
  steps.push("the container", () => removeMade(context, creating, agentId));
  const { id, warnings } = await abortable(creating, signal);
  for (const warning of warnings) log.warn(`${name}: ${warning}`);

  const { uid, gid } = draft.prepared;
  const files = renderAgentFiles({
    agentId,
    hostKey: draft.hostKey,
    authorizedKeys: [draft.clientKey.publicKey],
    sshdEnvironment: loginEnvironment(context, draft, body),
    uid,
    gid,
  });
  const archive = packAgentArchive(files, copiedFolder(context, draft, work), signal);
  await engine.putArchive(id, "/", archive, signal);

  work.onProgress("Starting");
  await together(
    engine.startContainer(id, signal),
    ssh.add(
      sshHostOf(context, {
        alias,
        agentId,
        port: sshPort,
        user: plan.labels.user,
        hostPublicKey: draft.hostKey.publicKey,
      }),
      signal,
    ),
  );

  work.onProgress("Waiting for the first login");
  const [facts] = await together(
    engine.inspectContainer(id, signal),
    waitForLogin(context, id, {
      port: sshPort,
      user: plan.labels.user,
      privateKey: draft.clientKey.privateKey,
      hostPublicKey: draft.hostKey.publicKey,
      signal,
    }),
  );
  return facts;
}

/** Waits for both before it throws for either, so that no work is left running while its traces are removed. */
async function together<A, B>(a: Promise<A>, b: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([a, b]);
  return Promise.all([a, b]);
}

/** The environment that an SSH login sees: sshd passes on nothing of the container's by itself. */
function loginEnvironment(
  context: AgentContext,
  { prepared, labels }: Draft,
  { Env = [] }: ContainerBody,
): string {
  const variables = new Map<string, string>();
  for (const entry of [...prepared.env, ...Env]) {
    const at = entry.indexOf("=");
    // An entry without a value takes the image's away.
    if (at < 0) variables.delete(entry);
    else variables.set(entry.slice(0, at), entry.slice(at + 1));
  }
  const { line, leftOut } = renderSshdEnvironment(Object.fromEntries(variables));
  if (leftOut.length > 0) {
    context.log.warn(
      `${labels.name}: SSH sessions cannot be given ${leftOut.join(", ")}: a line break, or no name.`,
    );
  }
  return line;
}

function copiedFolder(context: AgentContext, { source, prepared, labels }: Draft, work: Work) {
  if (source === undefined) return undefined;
  work.onProgress("Copying the workspace");
  const { uid, gid } = prepared;
  const options: CopyOptions = {
    target: labels.workspaceFolder,
    uid,
    gid,
    log: context.log,
    signal: work.signal,
    onProgress: (bytes, count) =>
      work.onProgress("Copying the workspace", `${count} files, ${renderBytes(bytes)}`),
    onSkip: (path, reason) => context.log.warn(`${labels.name}: ${path} was not copied: ${reason}.`),
  };
  return { source, options };
}

/** Also where the engine's answer got lost: then the container is found by its label. */
async function removeMade(
  context: AgentContext,
  creating: Promise<{ id: string }>,
  agentId: string,
): Promise<void> {
  const made = await creating.then(
    ({ id }) => [id],
    async () => {
      const agents = await listAgentContainers(context.engine);
      return agents.filter(({ labels }) => labels[labelKeys.agentId] === agentId).map(({ id }) => id);
    },
  );
  for (const id of made) await context.engine.removeContainer(id);
}
