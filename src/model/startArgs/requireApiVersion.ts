import { startArgInvalid } from "./invalid.js";
import type { ParsedStartArgs } from "./parseStartArgs.js";

/**
 * Throws `START_ARG_INVALID` when the engine's API, like `1.41`, is older than the arguments need: an old engine would
 * ignore such a field without a word.
 */
export function requireApiVersion(parsed: ParsedStartArgs, apiVersion: string): void {
  if (!parsed.needs) return;
  const { flag, apiVersion: needed } = parsed.needs;
  if (needed.localeCompare(apiVersion, "en", { numeric: true }) <= 0) return;
  throw startArgInvalid(
    `--${flag} needs Docker Engine API ${needed}, but this engine has ${apiVersion}.`,
    `Remove --${flag}, or use a newer engine.`,
  );
}
