import { AgentError } from "../model/errors.js";
import type { AgentSpecInput } from "../model/spec.js";

/** Flags of `docker run` that give a container something of its host. */
const hostFlag = /^--(volume|mount|volumes-from|device|privileged)|^-[a-zA-Z]*v/;

/**
 * Nothing of an untrusted workspace's is mounted (SPEC 13): throws `MOUNT_INVALID` for a request of a program's, not yet
 * checked, that would mount something while the workspace is not trusted.
 */
export function refuseUntrustedMounts(spec: AgentSpecInput, isTrusted: boolean): void {
  if (isTrusted) return;
  const fields: [field: string, mounts: boolean][] = [
    ["workspace.mode", spec.workspace?.mode === "bind"],
    ["mounts", spec.mounts !== undefined && spec.mounts.length > 0],
    [
      "startArgs",
      Array.isArray(spec.startArgs) && spec.startArgs.some((text) => hostFlag.test(String(text))),
    ],
  ];
  const [field] = fields.find(([, mounts]) => mounts) ?? [];
  if (field === undefined) return;
  throw new AgentError(
    "MOUNT_INVALID",
    `Nothing is mounted while the workspace is not trusted ("${field}").`,
    {
      field,
      remedy: "Trust the workspace first: Workspaces: Manage Workspace Trust.",
    },
  );
}
