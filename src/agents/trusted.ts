import { AgentError } from "../model/errors.js";
import type { AgentContext } from "./context.js";

/**
 * Refuses (`WORKSPACE_UNTRUSTED`) what would run git in folders of this machine, build from them, or change them, while
 * the user has not said that they trust those of the window.
 */
export function requireTrusted({ isTrusted }: Pick<AgentContext, "isTrusted">): void {
  if (isTrusted()) return;
  throw new AgentError(
    "WORKSPACE_UNTRUSTED",
    "While the workspace is not trusted, git is not run in folders of this machine, and nothing is built from them or changed in them.",
    { remedy: "Trust the workspace first: Workspaces: Manage Workspace Trust." },
  );
}
