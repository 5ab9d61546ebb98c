import { AgentError } from "../model/errors.js";
import { targetProblem } from "../model/mountTargets.js";
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
export function mountTargets({
  body: { HostConfig = {}, Volumes = {} },
}: Pick<ParsedStartArgs, "body">): string[] {
  const binds = (HostConfig.Binds ?? []).map(
    (bind) => /^(?:[a-zA-Z]:[\\/])?[^:]*:([^:]*)/.exec(bind)?.[1] ?? "",
  );
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
  if (parsed.platform && !parsed.platform.startsWith("linux/")) {
    throw refused("platform", "agents run Linux", "Give a platform like linux/arm64.");
  }
  for (const target of mountTargets(parsed)) {
    // What is no absolute path the engine refuses in its own words.
    const problem = target.startsWith("/") && targetProblem(target);
    if (problem) throw refused(`mount at ${target}`, problem, "Mount it elsewhere.");
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
