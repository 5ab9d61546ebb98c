import type { Mount } from "../model/containerBody.js";
import { dependencyRole, dependencyVolume } from "../model/dependencyVolume.js";
import { isLocal } from "../model/endpoint.js";
import { AgentError } from "../model/errors.js";
import { roleLabel } from "../model/labels.js";
import { normalTarget } from "../model/mountTargets.js";
import type { AgentSpec } from "../model/spec.js";
import { checkBindSource, type BindSource, type Ids } from "../workspace/bindSource.js";
import { findDependencyFolders } from "../workspace/dependencyFolders.js";
import { anySignal } from "../util/abort.js";
import { collect } from "../util/sinks.js";
import type { AgentContext } from "./context.js";

/** A mounted workspace, looked at; nothing is made yet. */
export interface BoundWorkspace extends BindSource {
  /** Dependency folders that get a volume, relative to the source. */
  folders: readonly string[];
  /** Volumes for dependencies that are there already: those that are shared. */
  existing: ReadonlySet<string>;
}

/**
 * Looks at a folder that is to be mounted. Throws `WORKSPACE_INVALID`: on an engine of another machine, and as
 * `checkBindSource`.
 */
export async function checkBoundWorkspace(
  context: AgentContext,
  { workspace, user }: AgentSpec,
  signal?: AbortSignal,
): Promise<BoundWorkspace | undefined> {
  if (workspace.mode !== "bind") return undefined;
  if (!isLocal(context.endpoint)) {
    throw new AgentError(
      "WORKSPACE_INVALID",
      `A folder of this machine cannot be mounted on ${context.engine.name}, which is on another one.`,
      {
        field: "workspace.mode",
        remedy: 'Set the mode of the workspace to "copy", or use "mounts" for a folder of that machine.',
      },
    );
  }
  const found = await checkBindSource(workspace.source, user === "root" ? undefined : context.user);
  if (workspace.dependencies === "none") return { ...found, folders: [], existing: new Set() };
  const [{ folders, leftOut }, volumes] = await Promise.all([
    findDependencyFolders(found.source),
    // An agent's own are new in any case.
    workspace.dependencies === "shared"
      ? context.engine.listVolumes(`${roleLabel}=${dependencyRole}`, signal)
      : [],
  ]);
  for (const folder of leftOut) {
    context.log.warn(`${found.source}: ${folder} is a file or a link, so it gets no volume.`);
  }
  return { ...found, folders, existing: new Set(volumes.map(({ name }) => name)) };
}

/** What a mounted workspace adds to a container. */
export interface WorkspaceMounts {
  mounts: Mount[];
  /** Folders that need a mount point on the host, relative to the source. */
  folders: string[];
  /** Of those: where they lie in the agent. */
  targets: string[];
  /** Volumes that this agent is the first to use. */
  newVolumes: string[];
}

/** The mounts of a workspace; a dependency folder that the user mounts something on is the user's. Pure. */
export function workspaceMounts(
  spec: AgentSpec,
  bound: BoundWorkspace | undefined,
  agent: { agentId: string; projectId: string; workspaceFolder: string },
  userTargets: readonly string[],
): WorkspaceMounts {
  const { workspace } = spec;
  const result: WorkspaceMounts = { mounts: [], folders: [], targets: [], newVolumes: [] };
  if (workspace.mode !== "bind" || !bound) return result;
  const target = normalTarget(agent.workspaceFolder);
  result.mounts.push({ Type: "bind", Source: bound.source, Target: target });
  const theirs = new Set(userTargets.map(normalTarget));
  const owner = { ...agent, source: bound.source, shared: workspace.dependencies === "shared" };
  for (const folder of bound.folders) {
    const at = `${target}/${folder}`;
    if (theirs.has(at)) continue;
    const { name, mount } = dependencyVolume(owner, folder);
    result.mounts.push({ ...mount, Target: at });
    result.folders.push(folder);
    result.targets.push(at);
    if (!bound.existing.has(name)) result.newVolumes.push(name);
  }
  return result;
}

const probe = `[ -w "$1" ] && [ -x "$1" ] || { stat -c 'it belongs to uid %u and gid %g there, mode %a' "$1"; exit 1; }`;

/**
 * Makes sure that the agent's user can write its mounted workspace: only the container knows what its host maps the ids
 * to. Throws `WORKSPACE_INVALID`, naming the uid.
 */
export async function probeWorkspace(
  context: AgentContext,
  containerId: string,
  { target, source, ids }: { target: string; source: string; ids: Ids },
  signal?: AbortSignal,
): Promise<void> {
  const said = collect();
  const command = ["sh", "-c", probe, "probe", target];
  // By number: the init may be about to give the user these ids.
  const user = `${ids.uid}:${ids.gid}`;
  const { exitCode } = await context.engine.exec(containerId, { command, user, stdout: said.stream }, signal);
  if (exitCode === 0) return;
  if (exitCode > 128) throw await interrupted(context, containerId, signal);
  const seen = said.text().trim() || "it cannot be looked at there";
  throw new AgentError(
    "WORKSPACE_INVALID",
    `The agent's user (uid ${ids.uid}) cannot write ${source} at ${target}: ${seen}.`,
    {
      field: "workspace.source",
      remedy: `Give the folder to a user other than root (chown -R ${ids.uid}:${ids.gid}), set "user" to "root", or copy it.`,
    },
  );
}

/** The probe was killed: its container is ending, and whoever waits for the login says why, once it has. */
async function interrupted(
  { engine }: AgentContext,
  containerId: string,
  signal?: AbortSignal,
): Promise<AgentError> {
  // One that goes on all the same had its probe killed by somebody.
  await engine
    .waitContainer(containerId, anySignal(signal, AbortSignal.timeout(5000)))
    .catch(() => undefined);
  return new AgentError("NOT_RUNNING", "The workspace could not be looked at: what looked was killed.", {
    remedy: "See the agent's log for the reason.",
  });
}
