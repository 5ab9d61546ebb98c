import { chown, mkdir, rmdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { AgentError, messageOf } from "../model/errors.js";

/**
 * Makes the folders of a mounted workspace that volumes will be mounted on, as this user and before the engine does
 * it as root. Gives those that were not there. They are `owner`'s, also where this user is root. `WORKSPACE_INVALID`.
 */
export async function makeMountPoints(
  source: string,
  folders: readonly string[],
  owner: { uid: number; gid: number } | undefined,
): Promise<string[]> {
  const made: string[] = [];
  try {
    for (const folder of folders) {
      const path = join(source, folder);
      try {
        await mkdir(path, { mode: 0o755 });
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "EEXIST") continue;
        throw error;
      }
      made.push(path);
      if (owner && (await stat(path)).uid !== owner.uid) await chown(path, owner.uid, owner.gid);
    }
    return made;
  } catch (error) {
    await removeMountPoints(made);
    throw new AgentError(
      "WORKSPACE_INVALID",
      `A folder for dependencies cannot be made in ${source}: ${messageOf(error)}`,
      {
        field: "workspace.dependencies",
        remedy: 'Give yourself permission to write there, or set "dependencies" to "none".',
        cause: error,
      },
    );
  }
}

/** Takes them back while they are empty. */
export async function removeMountPoints(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    // Somebody has put something there, or was quicker: then it is theirs.
    await rmdir(path).catch(() => undefined);
  }
}
