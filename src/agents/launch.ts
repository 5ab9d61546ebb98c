import { posix } from "node:path";
import { isLocal } from "../model/endpoint.js";
import { AgentError, isAgentError, messageOf } from "../model/errors.js";
import { labelKeys, type AgentLabels } from "../model/labels.js";
import type { ContainerBody, Mount } from "../model/containerBody.js";
import { normalTarget } from "../model/mountTargets.js";
import type { NetworkConfig } from "../model/network.js";
import { applyStartArgs } from "../model/startArgs/applyStartArgs.js";
import type { ParsedStartArgs } from "../model/startArgs/parseStartArgs.js";
import type { SessionSpec } from "../model/sessionSpec.js";
import { renderBytes } from "../model/size.js";
import { defaultWorkspaceFolder } from "../model/workspaceSpec.js";
import type { AgentSpec } from "../model/spec.js";
import type { PreparedImage } from "../image/preparedImage.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { SshKeyPair } from "../ssh/keyPair.js";
import type { SecretDelivery } from "../secrets/secretFiles.js";
import { renderSshdEnvironment } from "../ssh/sshdEnvironment.js";
import { abortable, anySignal } from "../util/abort.js";
import { together } from "../util/together.js";
import { packAgentArchive } from "../workspace/agentArchive.js";
import { renderAgentFiles } from "../workspace/agentFiles.js";
import type { CopyOptions } from "../workspace/copyWorkspace.js";
import type { CloneSource } from "../workspace/repository.js";
import { probeWorkspace, type BoundWorkspace, type WorkspaceMounts } from "./bindWorkspace.js";
import type { AgentContext, Work } from "./context.js";
import { makeRoomForDependencies } from "./dependencies.js";
import { withHostRights } from "./hostRights.js";
import { listAgentContainers } from "./facts.js";
import { waitForLogin } from "./login.js";
import { loginBeside } from "./loginBeside.js";
import { ensureNetwork } from "./network.js";
import { gitOptions } from "./givenWorkspace.js";
import { owned } from "./owned.js";
import { renderContainer, volumeName, type AgentPlan } from "./plan.js";
import { sshHostOf } from "./route.js";
import { mountTargets } from "./startArgs.js";
import { deliverSecrets } from "./secrets.js";
import { explainDevice, joinTailnet, tailscaleArguments } from "./tailscale.js";
import { UndoStack } from "./undo.js";

/** Everything but the ports, which may have to be chosen again. */
export interface Draft {
  spec: AgentSpec;
  /** Those to define; a fork is filled with its source's. */
  sessions?: readonly SessionSpec[];
  /** The folder to copy into the workspace, as a real path. */
  source?: string;
  /** The repository to clone into it. */
  clone?: CloneSource;
  /** The folder that is mounted as the workspace. */
  bound?: BoundWorkspace;
  /** What it takes to mount it. */
  workspace: WorkspaceMounts;
  /** Those that the spec asks for. */
  mounts: readonly Mount[];
  prepared: PreparedImage;
  startArgs: ParsedStartArgs;
  /** Of the image, where it is not the engine's own. */
  platform?: string;
  fileEnv: Readonly<Record<string, string>>;
  /** The secrets themselves, until they are handed over. */
  delivery?: SecretDelivery;
  /** `exact` where an existing network must have that configuration too. */
  network: { config: NetworkConfig; exact: boolean };
  cpus: number;
  memoryBytes: number;
  avoidPorts: ReadonlySet<number>;
  clientKey: SshKeyPair;
  hostKey: SshKeyPair;
  labels: AgentLabels & { alias: string; projectId: string };
  /** Makes the request, where it does not come from the spec alone. */
  render?: (plan: AgentPlan) => ContainerBody;
  /** Fills the container further before its first start. */
  fill?: (containerId: string, signal?: AbortSignal) => Promise<void>;
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
    const { config, exact } = draft.network;
    const ours = await ensureNetwork(context, config, exact, work.signal);
    const plan = await choosePorts(context, draft, ours ? config : undefined, steps);
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

async function choosePorts(
  context: AgentContext,
  draft: Draft,
  ownNetwork: NetworkConfig | undefined,
  steps: UndoStack,
): Promise<AgentPlan> {
  const local = isLocal(context.endpoint);
  const ssh = await context.ports.take(draft.avoidPorts, local);
  steps.push("the SSH port", () => Promise.resolve(ssh.release()));
  const app = await context.ports.take(draft.avoidPorts, local);
  steps.push("the port", () => Promise.resolve(app.release()));
  const { spec, prepared, network, cpus, memoryBytes, fileEnv } = draft;
  const labels = {
    ...draft.labels,
    sshPort: ssh.port,
    appPort: app.port,
    hostKey: draft.hostKey.publicKey,
    network: ownNetwork,
  };
  return {
    spec,
    image: prepared.reference,
    network: network.config.name,
    cpus,
    memoryBytes,
    labels,
    mounts: [...draft.workspace.mounts, ...draft.mounts],
    fileEnv,
  };
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
  const { secrets } = plan.spec;
  if (Object.keys(secrets).length > 0) {
    steps.push("what is kept of its secrets", () => context.vault.forget(agentId));
    await context.vault.keep({ agentId, engine: engine.name, name, secrets });
  }

  steps.push("the volume", () => engine.removeVolume(volumeName(agentId)));
  await makeRoomForDependencies(context, draft, steps);
  // Not handed the signal: an aborted request may still have made the container, and then nobody would know its id.
  const body = owned(
    draft.render?.(plan) ??
      withHostRights(context, name, applyStartArgs(renderContainer(plan), draft.startArgs)),
    work,
  );
  const creating = engine.createContainer(name, body, undefined, draft.platform);
  steps.push("the container", () => removeMade(context, creating, agentId));
  const { id, warnings } = await abortable(creating, signal);
  for (const warning of warnings) log.warn(`${name}: ${warning}`);
  // After the container, whose label tells whose it is when this is as far as we come.
  steps.push("the SSH files", () => ssh.remove(agentId));

  const user = draft.bound?.ids ?? draft.prepared;
  const { uid, gid } = user;
  const files = renderAgentFiles({
    agentId,
    ...(plan.labels.sessions && { name }),
    hostKey: draft.hostKey,
    authorizedKeys: [draft.clientKey.publicKey],
    sshdEnvironment: loginEnvironment(context, draft, body),
    secretNames: plan.labels.secrets,
    tailscaleArguments: tailscaleArguments(plan.spec),
    sessions: draft.sessions,
    uid,
    gid,
    takeIds: draft.bound?.ids !== undefined,
  });
  for (const target of draft.workspace.targets) {
    // A new volume is root's.
    files.push({ type: "directory", path: target.slice(1), mode: 0o755, uid, gid });
  }
  // A key that cannot be written ends the upload, which may be long.
  const unwritable = new AbortController();
  const until = anySignal(signal, unwritable.signal);
  const writeKey = async () => {
    try {
      await ssh.writeKey(agentId, draft.clientKey);
    } catch (error) {
      unwritable.abort(error);
      throw error;
    }
  };
  const archive = packAgentArchive(files, copiedFolder(context, draft, work), until);
  await together(writeKey(), engine.putArchive(id, "/", archive, until));
  await draft.fill?.(id, signal);

  work.onProgress("Starting");
  await together(
    start(context, id, draft, signal),
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
  const login = (until: AbortSignal) =>
    waitForLogin(context, id, {
      port: sshPort,
      user: plan.labels.user,
      privateKey: draft.clientKey.privateKey,
      hostPublicKey: draft.hostKey.publicKey,
      signal: until,
    });
  const { bound } = draft;
  const [facts] = await together(
    engine.inspectContainer(id, signal),
    loginBeside(context, id, signal, login, async () => {
      const target = plan.labels.workspaceFolder;
      await together(
        handOver(context, id, draft, work),
        bound
          ? probeWorkspace(context, id, { target, source: bound.source, ids: user }, signal)
          : Promise.resolve(),
      );
    }),
  );
  return facts;
}

async function start(
  context: AgentContext,
  id: string,
  { spec }: Draft,
  signal?: AbortSignal,
): Promise<void> {
  try {
    await context.engine.startContainer(id, signal);
  } catch (error) {
    throw explainDevice(spec, error);
  }
}

/** The secrets, and what needs them at once. */
async function handOver(
  context: AgentContext,
  id: string,
  { delivery }: Draft,
  { signal, onProgress }: Work,
): Promise<void> {
  if (!delivery) return;
  await deliverSecrets(context, id, delivery, signal);
  if (!delivery.tailscaleKey) return;
  onProgress("Joining the tailnet");
  await joinTailnet(context, id, delivery, signal);
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
  // sshd would let the image's variable win over the secret of that name.
  for (const name of labels.secrets ?? []) variables.delete(name);
  const { line, leftOut } = renderSshdEnvironment(Object.fromEntries(variables));
  if (leftOut.length > 0) {
    context.log.warn(
      `${labels.name}: SSH sessions cannot be given ${leftOut.join(", ")}: a line break, or no name.`,
    );
  }
  return line;
}

function copiedFolder(context: AgentContext, draft: Draft, work: Work) {
  const { spec, source, clone, prepared, labels, mounts, startArgs } = draft;
  // The agent may open at a folder inside.
  const target = spec.workspace.target ?? defaultWorkspaceFolder;
  if (source === undefined && !clone) return undefined;
  const stage = clone ? "Cloning the workspace" : "Copying the workspace";
  work.onProgress(stage, clone?.subfolder && `all of ${clone.root}, for ${clone.subfolder}`);
  const { uid, gid } = prepared;
  const options: CopyOptions = {
    target,
    mountedOver: new Set(
      [...mounts.map(({ Target }) => Target), ...mountTargets(startArgs)].map((mounted) =>
        posix.relative(normalTarget(target), normalTarget(mounted)),
      ),
    ),
    uid,
    gid,
    log: context.log,
    signal: work.signal,
    onProgress: (bytes, count) => work.onProgress(stage, `${count} files, ${renderBytes(bytes)}`),
    onSkip: (path, reason) => context.log.warn(`${labels.name}: ${path} was not copied: ${reason}.`),
  };
  if (clone) return { clone, options: { ...options, git: gitOptions(context, work.signal) } };
  return source === undefined ? undefined : { source, options };
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
