import { access, constants, realpath, stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { AgentError, messageOf } from "../model/errors.js";

/**
 * The real path of the folder that a workspace is made from. `WORKSPACE_INVALID` (field `workspace.source`) when it
 * is relative, missing, not a folder, or may not be read.
 */
export async function validateWorkspaceSource(path: string): Promise<string> {
  const invalid = (sentence: string, remedy: string, cause?: unknown) =>
    new AgentError("WORKSPACE_INVALID", sentence, { field: "workspace.source", remedy, cause });
  if (!isAbsolute(path)) {
    throw invalid(
      `The workspace folder "${path}" is not an absolute path.`,
      "Give the whole path, from the root.",
    );
  }
  try {
    const real = await realpath(path);
    if (!(await stat(real)).isDirectory()) {
      throw invalid(`The workspace ${path} is a file, not a folder.`, "Give the folder that holds it.");
    }
    // A folder can be entered with X and listed with R.
    await access(real, constants.R_OK | constants.X_OK);
    return real;
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    if (code === "ENOENT" || code === "ENOTDIR") {
      throw invalid(
        `The workspace folder ${path} does not exist.`,
        "Check the path, or make the folder.",
        error,
      );
    }
    if (code === "EACCES" || code === "EPERM") {
      throw invalid(
        `The workspace folder ${path} may not be read.`,
        "Give yourself permission to read it, or choose another folder.",
        error,
      );
    }
    throw invalid(
      `The workspace folder ${path} cannot be read: ${messageOf(error)}`,
      "Choose another folder.",
      error,
    );
  }
}

/** A file or folder inside the workspace that may not be read: copying without it would lose it silently. */
export function unreadable(path: string, cause: unknown): AgentError {
  return new AgentError("WORKSPACE_INVALID", `${path} in the workspace cannot be read: ${messageOf(cause)}`, {
    field: "workspace.source",
    remedy:
      "Make it readable, or name it in a file .agentignore at the top of the workspace to leave it out.",
    cause,
  });
}
