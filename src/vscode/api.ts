import type { Core, VerbOptions } from "../app/core.js";
import type { FileVerbs } from "../app/fileVerbs.js";
import type { SnapshotVerbs } from "../app/snapshotVerbs.js";

/** What `openWorkspace` takes (SPEC X5). */
export interface OpenWorkspaceOptions {
  /** Default: this window where it has no folder open, else a new one. */
  newWindow?: boolean;
  /** Default: the agent's workspace. */
  folder?: string;
  /** Only tells the address: starts nothing, opens nothing, needs no Remote-SSH. */
  dryRun?: boolean;
}

/** The address of a workspace in an agent. */
export interface OpenedWorkspace {
  /** `vscode-remote://ssh-remote+<alias><folder>`. */
  uri: string;
  alias: string;
}

/**
 * What `activate` returns, for other extensions:
 *
 * ```ts
 * const extension = vscode.extensions.getExtension<AgentContainersApi>("agent-containers.agent-containers");
 * const api = await extension?.activate();
 * const agent = await api?.create({ name: "fixer-1", image: "debian:bookworm-slim" });
 * ```
 *
 * A target is an agent id, a prefix of one, or a name. Nothing is asked and nothing is shown. Every verb takes a
 * signal and a progress callback last, gives plain JSON, and rejects with an `Error` whose `code` is stable
 * (`NOT_FOUND`, `NAME_CONFLICT`, `CANCELLED` …) and whose `remedy` says what to do. `restore` and `deleteSnapshot` ask
 * nothing: the caller has to; `destroy` asks nothing either, and refuses (`WORK_AT_RISK`) to lose work unless `force`
 * is given.
 */
export interface AgentContainersApi
  extends
    SnapshotVerbs,
    FileVerbs,
    Pick<
      Core,
      | "create"
      | "list"
      | "get"
      | "start"
      | "stop"
      | "restart"
      | "pause"
      | "resume"
      | "rename"
      | "destroy"
      | "setTags"
      | "exec"
      | "logs"
      | "stats"
      | "diff"
      | "readBlob"
      | "pull"
      | "push"
      | "overlaps"
      | "workAtRisk"
      | "prune"
      | "health"
    > {
  /** Raised when something is taken away or changes its meaning. */
  readonly version: 1;
  /** Opens the workspace in the editor. `NO_REMOTE_SSH` where no Remote-SSH extension is installed. */
  openWorkspace(target: string, open?: OpenWorkspaceOptions, options?: VerbOptions): Promise<OpenedWorkspace>;
}
