import { AgentError } from "../model/errors.js";
import type { Draft } from "./launch.js";

/** The engine's refusal of a mount, with the field that it is about, as far as its words name the path. */
export function mountProblem(
  error: AgentError,
  { bound, mounts }: Pick<Draft, "bound" | "mounts">,
): AgentError {
  const { message, remedy } = error;
  const names = (path: string | undefined) => path !== undefined && path !== "" && message.includes(path);
  const index = mounts.findIndex(({ Source, Target }) => names(Source) || names(Target));
  if (index >= 0)
    return new AgentError("MOUNT_INVALID", message, { field: `mounts.${index}`, remedy, cause: error });
  if (!bound || !names(bound.source)) return error;
  return new AgentError("WORKSPACE_INVALID", message, {
    field: "workspace.source",
    remedy:
      'The engine does not see this folder: it may be in a virtual machine or a container. Set the mode of the workspace to "copy".',
    cause: error,
  });
}
