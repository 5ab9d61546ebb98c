import type { AgentSpec } from "../model/spec.js";
import type { GitOptions } from "../workspace/git.js";
import { checkCloneSource, cloneByDefault, type CloneSource } from "../workspace/repository.js";
import { validateWorkspaceSource } from "../workspace/workspaceSource.js";
import type { AgentContext } from "./context.js";
import { requireTrusted } from "./trusted.js";

/** How a folder of this machine gets into an agent as files of its own. */
export interface GivenWorkspace {
  /** That of the spec, with its mode decided. */
  workspace: AgentSpec["workspace"];
  /** The real path of the folder to copy. */
  source?: string;
  /** The repository to clone. */
  clone?: CloneSource;
}

/** With what this user's git is asked. */
export function gitOptions({ startArgs, homeDir }: AgentContext, signal?: AbortSignal): GitOptions {
  return { env: startArgs.env, homeDir, signal };
}

/** Looks at the folder that is to be cloned or copied. `WORKSPACE_INVALID`, `WORKSPACE_UNTRUSTED`. */
export async function checkGivenWorkspace(
  context: AgentContext,
  { workspace }: AgentSpec,
  signal?: AbortSignal,
): Promise<GivenWorkspace> {
  if (workspace.mode === "none" || workspace.mode === "bind") return { workspace };
  const { source, target } = workspace;
  if (workspace.mode !== "copy") {
    requireTrusted(context);
    const options = { ...gitOptions(context, signal), log: context.log };
    const clone = await (workspace.mode === "auto" ? cloneByDefault : checkCloneSource)(source, options);
    if (clone) return { workspace: { mode: "clone", source, target }, clone };
  }
  return { workspace: { mode: "copy", source, target }, source: await validateWorkspaceSource(source) };
}
