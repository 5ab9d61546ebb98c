import { AgentError } from "../errors.js";
import { BadValue } from "../startArgs/invalid.js";
import { readFlagsOf } from "../startArgs/readFlags.js";
import type { StartArgsContext } from "../startArgs/startArgsContext.js";
import { buildFlags, newBuildDraft, type SecretSource } from "./buildFlags.js";
import type { BuildOptions } from "./buildOptions.js";
import { refusedBuildFlags } from "./refusedBuildFlags.js";

/** What build arguments ask for; secrets by where they are, not yet read. */
export interface ParsedBuildArgs {
  options: BuildOptions;
  secrets: ReadonlyMap<string, SecretSource>;
}

/** `SPEC_INVALID` for the field `dockerfile.args`. */
export function buildArgInvalid(message: string, remedy: string, cause?: unknown): AgentError {
  return new AgentError("SPEC_INVALID", message, { field: "dockerfile.args", remedy, cause });
}

/**
 * Reads flags of `docker build` in the Docker CLI's own grammar, as `parseStartArgs` does those of `docker create`.
 * Throws `SPEC_INVALID` (field `dockerfile.args`), naming the flag and never its value.
 * Source: docker/cli 28.2.2, cli/command/image/build.go; docker/buildx, commands/build.go.
 */
export function parseBuildArgs(args: readonly string[], context: StartArgsContext): ParsedBuildArgs {
  const draft = newBuildDraft();
  const grammar = {
    command: "docker build",
    argument: "Build argument",
    taken: buildFlags,
    refused: refusedBuildFlags,
    invalid: buildArgInvalid,
  };
  for (const { flag, value, position } of readFlagsOf(grammar, args)) {
    try {
      flag.set(draft, value, context);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      throw buildArgInvalid(
        `Build argument ${position}: --${flag.name} ${error.message}.`,
        `Correct --${flag.name} and try again.`,
        error.cause,
      );
    }
  }
  const { container, secrets, ...said } = draft;
  const { ExtraHosts: extraHosts = [], ...limits } = container.host;
  return { options: { ...said, labels: container.labels, extraHosts, limits }, secrets };
}
