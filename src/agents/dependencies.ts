import { isAgentError } from "../model/errors.js";
import { makeMountPoints, removeMountPoints } from "../workspace/mountPoints.js";
import type { AgentContext } from "./context.js";
import { listAgentContainers } from "./facts.js";
import type { Draft } from "./launch.js";
import type { UndoStack } from "./undo.js";

/**
 * Makes the folders of a mounted workspace that its dependency volumes are mounted on, and sees to it that these and the
 * new volumes are gone when the create fails. The volumes themselves come with the container.
 */
export async function makeRoomForDependencies(
  context: AgentContext,
  { bound, workspace }: Pick<Draft, "bound" | "workspace">,
  steps: UndoStack,
): Promise<void> {
  if (workspace.newVolumes.length > 0) {
    steps.push("the volumes of dependencies", () => removeVolumes(context, workspace.newVolumes));
  }
  if (!bound || workspace.folders.length === 0) return;
  const made = await makeMountPoints(bound.source, workspace.folders, bound.ids);
  steps.push("folders for dependencies", async () => {
    const agents = await listAgentContainers(context.engine);
    // Taking a mount point away takes away what is mounted there, in other agents too.
    const others = agents.some(({ mounts }) => mounts.some(({ source }) => source === bound.source));
    if (!others) await removeMountPoints(made);
  });
}

async function removeVolumes({ engine }: AgentContext, names: readonly string[]): Promise<void> {
  for (const name of names) {
    try {
      await engine.removeVolume(name);
    } catch (error) {
      // A shared one that another agent uses by now.
      if (!isAgentError(error, "ENGINE_FAILED")) throw error;
    }
  }
}
