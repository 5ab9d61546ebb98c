import { builtFromLabel, builtLabel } from "../image/builtImage.js";
import { preparedBaseLabel, preparedLabel } from "../image/preparedImage.js";
import { labelKeys, roleLabel } from "../model/labels.js";
import { isAgentError } from "../model/errors.js";
import type { ContainerFacts, Engine, ImageSummary } from "../ports/engine.js";
import type { Leftover } from "./leftovers.js";

/** When the image was last named, which every build does, also from the cache; undefined when it is gone. */
async function namedAt(engine: Engine, image: ImageSummary, signal?: AbortSignal): Promise<Date | undefined> {
  try {
    return (await engine.inspectImage(image.id, signal)).taggedAt ?? image.createdAt;
  } catch (error) {
    if (isAgentError(error, "IMAGE_NOT_FOUND")) return undefined;
    throw error;
  }
}

/**
 * Images that we built and no agent is made from, and what was prepared from them: first that, so that it goes before
 * the image it needs. Nothing of them is lost: the next create builds them again. What was built lately may belong to
 * a create that is under way; so may what was prepared from it, however old that is.
 */
export async function findLeftoverBuilds(
  engine: Engine,
  agents: readonly ContainerFacts[],
  isOld: (at: Date) => boolean,
  signal?: AbortSignal,
): Promise<Leftover[]> {
  const images = await engine.listImages(builtLabel, signal);
  // A snapshot inherits these labels, and says whose it is.
  const ours = images.filter(({ labels }) => labels[labelKeys.agentId] === undefined);
  const prepared = ours.filter(({ labels }) => labels[roleLabel] === "prepared" && labels[preparedLabel]);
  const isUsed = ({ id, tags }: ImageSummary) =>
    agents.some(({ image }) => image === id || tags.includes(image));
  // A snapshot needs the layers below it, and keeps them from being removed.
  const hasSnapshots = (key: string | undefined) =>
    images.some(({ labels }) => labels[labelKeys.agentId] !== undefined && labels[builtLabel] === key);
  const found: Leftover[] = [];
  for (const base of ours.filter(({ labels }) => labels[roleLabel] === "built")) {
    const made = prepared.filter(({ labels }) => labels[preparedBaseLabel] === base.id);
    if ([base, ...made].some(isUsed) || hasSnapshots(base.labels[builtLabel])) continue;
    const at = await namedAt(engine, base, signal);
    if (at === undefined || ![at, ...made.map(({ createdAt }) => createdAt)].every(isOld)) continue;
    const from = base.labels[builtFromLabel] ?? "a Dockerfile";
    const name = base.tags[0] ?? base.id.slice(0, 19);
    const why = `It was built from ${from}, and no agent is made from it.`;
    for (const { id, tags, sizeBytes } of made) {
      found.push({
        kind: "image",
        id,
        name: tags[0] ?? id.slice(0, 19),
        sizeBytes,
        why: `It was prepared from ${name}, and no agent is made from it.`,
      });
    }
    found.push({ kind: "image", id: base.id, name, sizeBytes: base.sizeBytes, why });
  }
  return found;
}
