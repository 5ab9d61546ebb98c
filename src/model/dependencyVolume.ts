import { createHash } from "node:crypto";
import { posix } from "node:path";
import type { Mount } from "./containerBody.js";
import { labelKeys, roleLabel } from "./labels.js";

/** The value of `agent-containers.role` of a volume that holds dependencies. */
export const dependencyRole = "dependencies";

/** Whose a dependency folder is. */
export interface DependencyOwner {
  projectId: string;
  agentId: string;
  /** The real path of the workspace's folder. */
  source: string;
  /** True for one volume that all agents of this folder use. */
  shared: boolean;
}

const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 10);

/** A folder as a part of a volume's name; what has to be changed for that gets a digest, so that two never meet. */
function slug(folder: string): string {
  const safe = folder.replace(/[^a-zA-Z0-9_.-]+/g, "-").slice(0, 80);
  return safe === folder ? folder : `${safe}-${digest(folder)}`;
}

/**
 * The volume for a dependency folder of a mounted workspace (SPEC W3). Its own agent's goes with the agent; a shared
 * one belongs to the folder on the host, whatever agents come and go. Pure.
 */
export function dependencyVolume(owner: DependencyOwner, folder: string): { name: string; mount: Mount } {
  const { projectId, agentId, source, shared } = owner;
  const whose = shared ? digest(source) : agentId;
  const name = `agent-containers-deps-${projectId}-${whose}-${slug(folder)}`;
  const labels = {
    [roleLabel]: dependencyRole,
    [labelKeys.projectId]: projectId,
    [dependencyFolderLabel]: posix.join(source, folder),
    ...(!shared && { [labelKeys.agentId]: agentId }),
  };
  return { name, mount: { Type: "volume", Source: name, Target: "", VolumeOptions: { Labels: labels } } };
}

/** The folder of the host that a dependency volume stands in for. */
export const dependencyFolderLabel = "agent-containers.folder";
