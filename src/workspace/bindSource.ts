import { access, constants, stat } from "node:fs/promises";
import { AgentError } from "../model/errors.js";
import { validateWorkspaceSource } from "./workspaceSource.js";

/** A user and a group by number. */
export interface Ids {
  uid: number;
  gid: number;
}

/** The folder of a mounted workspace. */
export interface BindSource {
  /** As a real path. */
  source: string;
  /** The ids that the agent's user takes; undefined where it keeps its own. */
  ids?: Ids;
}

/**
 * Looks at a folder that is to be mounted (SPEC W2, H3). The agent's user gets the ids of `user`, who is the local one,
 * so that files have one owner on both sides; where that is root, those of the folder's owner; and where that is root
 * too, it keeps its own, because coding agents refuse to work as root. `user` is undefined where files of a mount have no
 * owner of their own, as on macOS and Windows. `WORKSPACE_INVALID`, as `validateWorkspaceSource`, and for a folder that
 * this user may not write.
 */
export async function checkBindSource(path: string, user: Ids | undefined): Promise<BindSource> {
  const source = await validateWorkspaceSource(path);
  try {
    await access(source, constants.W_OK);
  } catch (error) {
    throw new AgentError("WORKSPACE_INVALID", `The workspace folder ${path} may not be written.`, {
      field: "workspace.source",
      remedy: 'Give yourself permission to write it, or set the mode of the workspace to "copy".',
      cause: error,
    });
  }
  if (!user) return { source };
  if (user.uid !== 0) return { source, ids: user };
  const { uid, gid } = await stat(source);
  return uid === 0 ? { source } : { source, ids: { uid, gid } };
}
