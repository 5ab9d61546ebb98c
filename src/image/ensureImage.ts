import { AgentError, isAgentError } from "../model/errors.js";
import { isForPlatform } from "../model/platform.js";
import type { Engine, ImageFacts, PullProgress } from "../ports/engine.js";
import { checkImageReference } from "./reference.js";

/** When an image is fetched from its registry, as `docker create --pull` has it. */
export type PullPolicy = "missing" | "always" | "never";

export interface EnsureImageOptions {
  /** `missing` when absent. */
  pull?: PullPolicy;
  /** Told of each layer's progress while pulling; not called when nothing is pulled. */
  onProgress?: (progress: PullProgress) => void;
  /** That the image has to be for, `linux/arm64`; as it comes when absent. */
  platform?: string;
  signal?: AbortSignal;
}

/**
 * The facts of the image `reference`, which is present afterwards (SPEC I1). A present image costs one inspect and no
 * network, unless `pull` is `always`. Errors: `SPEC_INVALID` (field `image`) before anything is asked,
 * `IMAGE_NOT_FOUND` (also where there is none for the platform), `REGISTRY_UNREACHABLE`, `REGISTRY_AUTH`, and those common to the engine.
 */
export async function ensureImage(
  engine: Pick<Engine, "inspectImage" | "pullImage">,
  reference: string,
  { pull = "missing", onProgress = () => undefined, platform, signal }: EnsureImageOptions = {},
): Promise<ImageFacts> {
  const { isId } = checkImageReference(reference);
  if (pull !== "always" || isId) {
    const present = await findImage(engine, reference, signal);
    const fits = !present || !platform || isForPlatform(platform, present);
    if (present && fits) return present;
    if (present && (isId || pull === "never")) throw otherPlatform(reference, platform, present);
    if (isId || pull === "never") throw notPresent(reference, isId);
  }
  await engine.pullImage(reference, onProgress, signal, platform);
  const pulled = await engine.inspectImage(reference, signal);
  // A registry with one image gives it whatever was asked for.
  if (platform && !isForPlatform(platform, pulled)) throw otherPlatform(reference, platform, pulled);
  return pulled;
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

function otherPlatform(
  reference: string,
  platform: string | undefined,
  { architecture, variant }: ImageFacts,
): AgentError {
  const theirs = ["linux", architecture, variant].filter(Boolean).join("/");
  return new AgentError("IMAGE_NOT_FOUND", `The image ${reference} is for ${theirs}, not for ${platform}.`, {
    field: "image",
    remedy: "Use an image that is made for the platform, or leave --platform out.",
  });
}

function notPresent(reference: string, isId: boolean): AgentError {
  return new AgentError("IMAGE_NOT_FOUND", `The image ${reference} is not on this engine.`, {
    remedy: isId
      ? "An image id cannot be pulled: give the image's name, or build it again."
      : `Allow pulling, or fetch it yourself: docker pull ${reference}`,
  });
}
