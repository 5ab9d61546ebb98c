import type { AgentSpecInput } from "../model/spec.js";
import { storedSources } from "./storedSecrets.js";
import type { Settings } from "./settings.js";

/** A request with what it leaves open taken from the user's settings; what they leave open, the core decides. */
export function specDefaults(
  spec: AgentSpecInput,
  settings: Pick<
    Settings,
    "defaultImage" | "network" | "defaultCpus" | "defaultMemory" | "idleTimeout" | "secrets"
  >,
): AgentSpecInput {
  const { defaultImage, network, defaultCpus: cpus, defaultMemory: memory, idleTimeout } = settings;
  // A Dockerfile is in an image's place.
  const image = spec.dockerfile === undefined ? defaultImage : undefined;
  const secrets = settings.secrets.length > 0 ? storedSources(settings.secrets) : undefined;
  const set = Object.entries({ image, network, cpus, memory, idleTimeout, secrets }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...Object.fromEntries(set), ...spec };
}
