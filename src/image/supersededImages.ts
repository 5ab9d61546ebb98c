import { messageOf } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import type { Logger } from "../util/log.js";
import { preparedLabel } from "./preparedImage.js";
import { roleLabel } from "../model/labels.js";

/** Two processes that prepare the same image are this close together, in milliseconds. */
const closeMs = 5 * 60_000;

/**
 * Removes the image of another process that lost the tag to ours, `keepId`, because both committed at the same
 * moment. What is in use stays (the engine refuses), and so does every commit of an agent: it carries the agent's id
 * beside the labels that it inherits. A failure only leaves an image behind, and is logged.
 */
export async function removeSuperseded(
  engine: Engine,
  hash: string,
  keepId: string,
  log: Logger,
): Promise<void> {
  try {
    const images = await engine.listImages(`${preparedLabel}=${hash}`);
    const kept = images.find(({ id }) => id === keepId);
    for (const { id, tags, labels, createdAt } of images) {
      const twin =
        kept !== undefined &&
        id !== keepId &&
        tags.length === 0 &&
        labels[roleLabel] === "prepared" &&
        labels["com.imbue.mngr.agent-id"] === undefined &&
        Math.abs(kept.createdAt.getTime() - createdAt.getTime()) < closeMs;
      if (twin) await engine.removeImage(id);
    }
  } catch (error) {
    log.warn(`A second prepared image of another process may be left: ${messageOf(error)}`);
  }
}
