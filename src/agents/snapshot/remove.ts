import { forkBaseReference } from "../../model/snapshot.js";
import { isAgentError } from "../../model/errors.js";
import type { AgentContext, Work } from "../context.js";
import type { FoundSnapshot } from "./find.js";
import { endShowing } from "./showing.js";

/**
 * Deletes a snapshot: its image and the volume beside it. Agents that were made from it keep running: their image then
 * stays under another name until the last of them is gone, and clean-up finds it. Who is reading it loses it. Already
 * gone is success.
 */
export async function removeSnapshot(
  { engine }: AgentContext,
  { snapshot, imageId, record }: FoundSnapshot,
  work: Work,
): Promise<void> {
  work.onProgress("Deleting the snapshot");
  await endShowing(engine, snapshot.id, work.signal);
  try {
    await engine.removeImage(snapshot.image, work.signal);
  } catch (error) {
    // An agent uses it.
    if (!isAgentError(error, "ENGINE_FAILED")) throw error;
    await engine.tagImage(imageId, forkBaseReference(snapshot.id), work.signal);
    await engine.removeImage(snapshot.image);
  }
  if (record.volume !== null) await engine.removeVolume(record.volume);
}
