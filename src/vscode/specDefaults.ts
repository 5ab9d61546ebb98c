import type { AgentSpecInput } from "../model/spec.js";
import type { Settings } from "./settings.js";

/** A request with what it leaves open taken from the user's settings; what they leave open, the core decides. */
export function specDefaults(
  spec: AgentSpecInput,
  settings: Pick<Settings, "defaultImage" | "defaultCpus" | "defaultMemory" | "idleTimeout">,
): AgentSpecInput {
  const { defaultImage: image, defaultCpus: cpus, defaultMemory: memory, idleTimeout } = settings;
  const set = Object.entries({ image, cpus, memory, idleTimeout }).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(set), ...spec };
}
