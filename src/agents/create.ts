import { posix } from "node:path";
import { newAgentId, shortId } from "../model/agentId.js";
import { projectIdOf, unnamedAgent } from "../model/agentName.js";
import { isAgentError } from "../model/errors.js";
import { labelKeys, parseLabels } from "../model/labels.js";
import { renderBytes } from "../model/size.js";
import type { AgentSpec } from "../model/spec.js";
import { defaultWorkspaceFolder, workspaceSource } from "../model/workspaceSpec.js";
import type { ContainerFacts, PullProgress } from "../ports/engine.js";
import { ensureImage } from "../image/ensureImage.js";
import { ensurePreparedImage } from "../image/prepareImage.js";
import { sshAlias } from "../ssh/alias.js";
import { generateKeyPair } from "../ssh/keyPair.js";
import { workspaceMounts } from "./bindWorkspace.js";
import { buildBase } from "./buildBase.js";
import { checkRequest, nameConflict, type Checked } from "./checkRequest.js";
import type { AgentContext, Work } from "./context.js";
import { launch, type Draft } from "./launch.js";
import { mountProblem } from "./mountProblem.js";
import { removeUnusedNetwork } from "./network.js";
import { mountTargets } from "./startArgs.js";
import { UndoStack, undone } from "./undo.js";

const defaultImage = "debian:bookworm-slim";

/** What is known of an agent before anything is made, so that a view can show it from the first moment. */
export interface Identity {
  agentId: string;
  name: string;
  projectId: string;
}

/** One line about a layer: `4f4fb700ef54 Downloading 12 MB of 40 MB`. */
function renderPull({ layer, status, currentBytes, totalBytes }: PullProgress): string {
  const amount = totalBytes ? ` ${renderBytes(currentBytes ?? 0)} of ${renderBytes(totalBytes)}` : "";
  return `${layer} ${status}${amount}`.trim();
}

/** The id and the name of an agent to be. `now` in milliseconds since 1970. */
export function identify(spec: AgentSpec, now: number): Identity {
  const projectId = projectIdOf(workspaceSource(spec.workspace));
  return { agentId: newAgentId(), name: spec.name ?? unnamedAgent(projectId, now), projectId };
}

/** Host ports that agents of this engine have, also while they are stopped. */
export function portsInUse(containers: readonly ContainerFacts[]): Set<number> {
  const ports = new Set<number>();
  for (const { labels, ports: published } of containers) {
    const parsed = parseLabels(labels);
    if (parsed.ok && parsed.value.sshPort) ports.add(parsed.value.sshPort);
    if (parsed.ok && parsed.value.appPort) ports.add(parsed.value.appPort);
    for (const { hostPort } of published) ports.add(hostPort);
  }
  return ports;
}

/** The network to join: that of the start arguments, which is there; that of the spec; or the default one. */
function networkOf(context: AgentContext, spec: AgentSpec, { startArgs }: Checked): Draft["network"] {
  const [given] = startArgs.network.networks;
  if (given) return { config: { name: given.name }, exact: false };
  if (typeof spec.network === "object") return { config: spec.network, exact: true };
  if (spec.network) return { config: { name: spec.network }, exact: false };
  return { config: context.network, exact: true };
}

/** The platform to name to the engine; its own is what it takes anyway. */
function foreignPlatform({ platform }: Checked): string | undefined {
  return platform?.foreign ? platform.name : undefined;
}

/**
 * Makes an agent that takes an SSH login (SPEC L1), or fails and leaves nothing behind: no container, volume,
 * network, key or config block. Cancel does the same and rejects with `CANCELLED`.
 *
 * Errors: those of the engine, `NAME_CONFLICT` (with a free name as suggestion), `SPEC_INVALID`, `SECRET_UNAVAILABLE`,
 * `WORKSPACE_INVALID`, `MOUNT_INVALID`, `BUILD_FAILED`, `IMAGE_NOT_FOUND`, `REGISTRY_UNREACHABLE`, `REGISTRY_AUTH`, `PREPARE_FAILED`,
 * `NETWORK_CONFLICT`, `PORT_CONFLICT`, `START_FAILED`, `SSH_UNREACHABLE`, `SSH_AUTH`, `SSH_CONFIG_UNWRITABLE`.
 */
export async function createAgent(
  context: AgentContext,
  spec: AgentSpec,
  identity: Identity,
  work: Work,
): Promise<ContainerFacts> {
  const undo = new UndoStack(context.log);
  return undone(undo, work, () => create(context, spec, identity, work, undo));
}

async function create(
  context: AgentContext,
  spec: AgentSpec,
  identity: Identity,
  work: Work,
  undo: UndoStack,
): Promise<ContainerFacts> {
  const { engine, log } = context;
  const { signal } = work;
  // Its chunk is read from disk while the engine works.
  void import("../ssh/login.js").catch(() => undefined);

  work.onProgress("Checking");
  const checked = await checkRequest(context, spec, identity.name, signal);

  if (!checked.build) work.onProgress("Looking for the image");
  const network = networkOf(context, spec, checked);
  const prepared = await prepareImage();
  undo.push(`network ${network.config.name}`, () => removeUnusedNetwork(context, network.config.name));

  const aliases = new Set([
    ...checked.agents.flatMap(({ labels }) => labels[labelKeys.alias] ?? []),
    ...(await context.ssh.list()).map(({ alias }) => alias),
  ]);
  const workspaceTarget = spec.workspace.target ?? defaultWorkspaceFolder;
  // A folder inside a repository comes with all of it.
  const workspaceFolder = posix.join(workspaceTarget, checked.clone?.subfolder ?? "");
  const userTargets = [...checked.mounts.map(({ Target }) => Target), ...mountTargets(checked.startArgs)];
  const draft: Draft = {
    spec: { ...spec, workspace: checked.workspace },
    sessions: spec.sessions,
    source: checked.source,
    clone: checked.clone,
    bound: checked.bound,
    workspace: workspaceMounts(spec, checked.bound, { ...identity, workspaceFolder }, userTargets),
    mounts: checked.mounts,
    prepared,
    startArgs: checked.startArgs,
    platform: foreignPlatform(checked),
    fileEnv: checked.fileEnv,
    delivery: checked.delivery,
    network,
    cpus: checked.cpus,
    memoryBytes: checked.memoryBytes,
    avoidPorts: portsInUse(checked.agents),
    clientKey: generateKeyPair(`agent-containers ${identity.name}`),
    hostKey: generateKeyPair(identity.name),
    labels: {
      agentId: identity.agentId,
      name: identity.name,
      image: checked.build?.source.path ?? spec.image ?? defaultImage,
      type: spec.type,
      tags: spec.tags,
      parentId: spec.parentId ?? null,
      createdAt: new Date(context.clock.now()).toISOString(),
      projectId: identity.projectId,
      alias: sshAlias(identity.name, shortId(identity.agentId), aliases),
      user: prepared.user,
      userIds: checked.bound?.ids,
      workspaceFolder,
      ...(spec.sessions.length > 0 && { sessions: spec.sessions.map(({ name }) => name) }),
      ...(Object.keys(spec.secrets).length > 0 && { secrets: Object.keys(spec.secrets) }),
    },
  };
  try {
    return await launch(context, draft, work, undo);
  } catch (error) {
    // Somebody took the name since it was looked up.
    if (isAgentError(error, "NAME_CONFLICT")) throw nameConflict(identity.name, checked.agents, error);
    throw isAgentError(error, "MOUNT_INVALID") ? mountProblem(error, draft) : error;
  }

  async function prepareImage() {
    const base = checked.build
      ? await buildBase(context, checked.build, { name: identity.name, pull: spec.pull === "always" }, work)
      : await ensureImage(engine, spec.image ?? defaultImage, {
          pull: spec.pull,
          platform: checked.platform?.name,
          signal,
          onProgress: (progress) => work.onProgress("Pulling the image", renderPull(progress)),
        });
    return ensurePreparedImage(engine, base, {
      packages: spec.packages,
      user: spec.user,
      platform: foreignPlatform(checked),
      log,
      signal,
      onProgress: (detail) => work.onProgress("Preparing the image", detail),
    });
  }
}
