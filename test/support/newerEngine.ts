import type { Endpoint } from "../../src/model/endpoint.js";
import { parseEndpoint } from "../../src/model/endpoint.js";

/** An engine later than the tests' own 20.10; `npm test` starts it (scripts/setup/newerEngines.mjs). */
export interface NewerEngine {
  major: "26" | "28";
  /** Undefined where it could not be started: then its tests are skipped, with `missing` in their name. */
  endpoint: Endpoint | undefined;
  /** The network namespace in which its published ports are reached. */
  network: string;
  /** Why there is none, in brackets; empty when there is one. */
  missing: string;
}

/** Finds Docker Engine `major` in the environment that `npm test` gives. */
export function newerEngine(major: "26" | "28"): NewerEngine {
  const variable = `AGENT_CONTAINERS_ENGINE_${major}`;
  const text = process.env[variable];
  const network = process.env[`${variable}_NETWORK`];
  if (text && network) return { major, endpoint: parseEndpoint(text), network, missing: "" };
  const reason = process.env[`${variable}_SKIPPED`] ?? `${variable} is not set`;
  return { major, endpoint: undefined, network: "", missing: ` (skipped: ${reason.split("\n")[0] ?? ""})` };
}
