import { AgentError } from "../model/errors.js";
import { parseStartArgs, type ParsedStartArgs } from "../model/startArgs/parseStartArgs.js";
import { requireApiVersion } from "../model/startArgs/requireApiVersion.js";
import type { AgentContext } from "./context.js";

function refused(flag: string, because: string, remedy: string): AgentError {
  return new AgentError("START_ARG_INVALID", `--${flag} is not possible: ${because}.`, {
    field: "startArgs",
    remedy,
  });
}

/** Where anything is mounted, whichever flag says so. */
function mountTargets({ body: { HostConfig = {}, Volumes = {} } }: ParsedStartArgs): string[] {
  const binds = (HostConfig.Binds ?? []).map((bind) => bind.split(":")[1] ?? "");
  const mounts = (HostConfig.Mounts ?? []).map(({ Target }) => Target ?? "");
  return [...binds, ...mounts, ...Object.keys(HostConfig.Tmpfs ?? {}), ...Object.keys(Volumes)];
}

/**
 * Reads the start arguments of a spec before anything is touched (SPEC C2). Throws `START_ARG_INVALID`, naming the
 * flag, for what Docker refuses, what the engine is too old for, and what an agent cannot live with.
 */
export async function checkStartArgs(
  context: AgentContext,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<ParsedStartArgs> {
  const parsed = parseStartArgs(args, context.startArgs);
  if (parsed.body.User) {
    throw refused("user", "the agent's init runs as root and starts sshd", 'Give the spec a "user" instead.');
  }
  if (parsed.platform) {
    throw refused(
      "platform",
      "agents have the architecture of their engine",
      "Use an engine of that architecture.",
    );
  }
  if (mountTargets(parsed).some((target) => /^\/mngr-state\/*$/.test(target))) {
    throw refused("mount", "the agent's own volume is at /mngr-state", "Mount it elsewhere.");
  }
  if (parsed.needs) requireApiVersion(parsed, (await context.engine.ping(signal)).apiVersion);
  for (const { name } of parsed.network.networks) {
    if (await context.engine.findNetwork(name, signal)) continue;
    throw refused(
      `network ${name}`,
      "there is no such network",
      `Make it first: docker network create ${name}`,
    );
  }
  return parsed;
}
