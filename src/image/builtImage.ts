import { createHash } from "node:crypto";
import { roleLabel } from "../model/labels.js";
import type { BuildOptions } from "../model/buildArgs/buildOptions.js";

/** Images that we built carry it, and so do those that are made from them; its value is the key's hash. */
export const builtLabel = "agent-containers.built.key";
/** The Dockerfile's path on the machine that asked for the build. */
export const builtFromLabel = "agent-containers.built.dockerfile";

/** What makes one built image differ from another: the same again takes its name over. */
export interface BuiltKey {
  /** Absolute. */
  dockerfile: string;
  context: string;
  args: readonly string[];
}

/** The name of the image that a Dockerfile is built into, and the build's options with the labels it is found by. */
export function nameBuilt(
  { dockerfile, context, args }: BuiltKey,
  options: BuildOptions,
): { reference: string; options: BuildOptions } {
  const facts = JSON.stringify([dockerfile, context, args]);
  const hash = createHash("sha256").update(facts).digest("hex").slice(0, 32);
  const labels = {
    ...options.labels,
    [roleLabel]: "built",
    [builtLabel]: hash,
    [builtFromLabel]: dockerfile,
  };
  return { reference: `agent-containers-built:${hash}`, options: { ...options, labels } };
}
