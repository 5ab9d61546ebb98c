import { labelKeys } from "../model/labels.js";
import type { Engine } from "../ports/engine.js";

/** Removes every volume that was made for an agent. Not to be called while a container uses one of them. */
export async function removeOwnVolumes(engine: Engine, agentId: string): Promise<void> {
  for (const { name } of await engine.listVolumes(`${labelKeys.agentId}=${agentId}`))
    await engine.removeVolume(name);
}
