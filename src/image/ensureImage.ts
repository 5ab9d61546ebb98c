import { AgentError, isAgentError } from "../model/errors.js";
import type { Engine, ImageFacts, PullProgress } from "../ports/engine.js";
import { checkImageReference } from "./reference.js";

/** When an image is fetched from its registry, as `docker create --pull` has it. */
export type PullPolicy = "missing" | "always" | "never";

export interface EnsureImageOptions {
  /** `missing` when absent. */
  pull?: PullPolicy;
  /** Told of each layer's progress while pulling; not called when nothing is pulled. */
  onProgress?: (progress: PullProgress) => void;
  signal?: AbortSignal;
}

/**
 * The facts of the image `reference`, which is present afterwards (SPEC I1). A present image costs one inspect and no
 * network, unless `pull` is `always`. Errors: `SPEC_INVALID` (field `image`) before anything is asked,
 * `IMAGE_NOT_FOUND`, `REGISTRY_UNREACHABLE`, `REGISTRY_AUTH`, and those common to the engine.
 */
export async function ensureImage(
  engine: Pick<Engine, "inspectImage" | "pullImage">,
  reference: string,
  { pull = "missing", onProgress = () => undefined, signal }: EnsureImageOptions = {},
): Promise<ImageFacts> {
  const { isId } = checkImageReference(reference);
  if (pull !== "always" || isId) {
    const present = await findImage(engine, reference, signal);
    if (present) return present;
    if (isId || pull === "never") throw notPresent(reference, isId);
  }
  await engine.pullImage(reference, onProgress, signal);
  return engine.inspectImage(reference, signal);
}

/** The image's facts, or undefined when the engine does not have it. */
export async function findImage(
  engine: Pick<Engine, "inspectImage">,
  reference: string,
  signal?: AbortSignal,
): Promise<ImageFacts | undefined> {
  try {
    return await engine.inspectImage(reference, signal);
  } catch (error) {
    if (isAgentError(error, "IMAGE_NOT_FOUND")) return undefined;
    throw error;
  }
}

function notPresent(reference: string, isId: boolean): AgentError {
  return new AgentError("IMAGE_NOT_FOUND", `The image ${reference} is not on this engine.`, {
    remedy: isId
      ? "An image id cannot be pulled: give the image's name, or build it again."
      : `Allow pulling, or fetch it yourself: docker pull ${reference}`,
  });
}
