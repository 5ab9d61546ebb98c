import type { ContainerBody } from "../containerBody.js";
import { need, newDraft } from "./flag.js";
import { finishDraft } from "./finishDraft.js";
import { BadValue, startArgInvalid } from "./invalid.js";
import type { NetworkRequest } from "./networkRequest.js";
import { readFlags } from "./readFlags.js";
import type { StartArgsContext } from "./startArgsContext.js";

/** What start arguments ask for: only what they say, nothing by default. */
export interface ParsedStartArgs {
  /** Fields of the container. `Env`, `Labels` and all lists are complete, files included. */
  body: Partial<Omit<ContainerBody, "Image" | "NetworkingConfig">>;
  network: NetworkRequest;
  /** For the `platform` parameter of the request: `linux/arm64`. */
  platform?: string;
  /** The lowest Engine API version that does all of it, and the flag that needs it. */
  needs?: { apiVersion: string; flag: string };
}

/**
 * Reads flags of `docker create` in the Docker CLI's own grammar: `--flag value`, `--flag=value`, `-f value`,
 * `-fvalue`, bundles of short flags; nothing but flags. Pure but for `context.readFile`.
 * Throws `START_ARG_INVALID`, naming the flag and never its value: an unknown flag, one that an agent cannot have, a
 * value that it does not take, flags that contradict each other.
 * Source: docker/cli 28.2.2, cli/command/container/opts.go.
 */
export function parseStartArgs(args: readonly string[], context: StartArgsContext): ParsedStartArgs {
  const draft = newDraft();
  for (const { flag, value, position } of readFlags(args)) {
    try {
      flag.set(draft, value, context);
    } catch (error) {
      if (!(error instanceof BadValue)) throw error;
      throw startArgInvalid(
        `Start argument ${position}: --${flag.name} ${error.message}.`,
        `Correct --${flag.name} and try again.`,
        error.cause,
      );
    }
    if (flag.minor !== undefined) need(draft, flag.name, flag.minor);
  }
  return finishDraft(draft);
}
