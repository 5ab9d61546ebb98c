import { AgentError } from "../model/errors.js";
import { plainTitle } from "./plainTitle.js";
import type { Translate } from "./text.js";
import type { Agent } from "../model/agent.js";

/** Of the container's own; nothing that a container says of itself is in this line. */
const shell = "if command -v bash >/dev/null 2>&1; then exec bash -l; else exec sh -l; fi";

/**
 * The arguments with which the Docker CLI opens a shell in a running container, for one that takes no login. The
 * container is named by its id alone, and no shell of this machine is between. `NOT_RUNNING`.
 */
export function shellArguments({ name, engine, containerId, state }: Agent, t: Translate): string[] {
  if (state !== "running" && state !== "unhealthy")
    throw new AgentError("NOT_RUNNING", t("{0} is not running.", plainTitle(name)), {
      remedy: t("Start it first."),
    });
  if (!/^[0-9a-f]{12,64}$/.test(containerId))
    throw new AgentError("NOT_FOUND", t("{0} has no container.", plainTitle(name)));
  return ["-H", engine, "exec", "-it", containerId, "sh", "-c", shell];
}
