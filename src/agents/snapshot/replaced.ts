import { isAgentError } from "../../model/errors.js";
import type { ContainerFacts, Engine } from "../../ports/engine.js";
import type { AgentContext } from "../context.js";

const stateFolder = "/mngr-state";

/** The volume with an agent's keys and its own files. */
export function stateVolumeOf({ mounts }: Pick<ContainerFacts, "mounts">): string | undefined {
  return mounts.find(({ target }) => target === stateFolder)?.name;
}

/**
 * Removes what a restore has replaced, with its state volume. `restored` is the container that is the agent now; `name`
 * is the one under which the old one waited: where somebody has renamed it since, they meant the agent.
 */
export async function removeReplaced(
  { engine }: AgentContext,
  old: Pick<ContainerFacts, "id" | "mounts">,
  restored: { id: string; name: string },
): Promise<void> {
  const name = await nameOf(engine, old.id);
  const volume = stateVolumeOf(old);
  await engine.removeContainer(old.id);
  if (name !== undefined && name !== restored.name) await engine.renameContainer(restored.id, name);
  if (volume !== undefined) await engine.removeVolume(volume);
}

async function nameOf(engine: Engine, id: string): Promise<string | undefined> {
  try {
    return (await engine.inspectContainer(id)).name;
  } catch (error) {
    // Removed by somebody else: its volume is left.
    if (!isAgentError(error, "NOT_FOUND")) throw error;
    return undefined;
  }
}
