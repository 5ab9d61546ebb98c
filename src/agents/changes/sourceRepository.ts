import { AgentError } from "../../model/errors.js";
import { labelKeys } from "../../model/labels.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { gitLine, gitMaybe, type GitSide } from "../../workspace/gitSide.js";
import { openLocalRepository } from "../../workspace/localRepository.js";
import type { AgentContext } from "../context.js";
import { requireTrusted } from "../trusted.js";

/** How an agent got its workspace, as far as its labels tell. */
export function workspaceOrigin(facts: ContainerFacts): { mode?: string; source?: string } {
  try {
    const spec: unknown = JSON.parse(facts.labels[labelKeys.spec] ?? "{}");
    if (typeof spec !== "object" || spec === null || !("workspace" in spec)) return {};
    const { workspace } = spec;
    if (typeof workspace !== "object" || workspace === null) return {};
    return {
      ...("mode" in workspace && typeof workspace.mode === "string" && { mode: workspace.mode }),
      ...("source" in workspace && typeof workspace.source === "string" && { source: workspace.source }),
    };
  } catch {
    // Not JSON, so not ours: nothing is known of where it came from.
    return {};
  }
}

type Trust = Pick<AgentContext, "isTrusted">;

/**
 * The repository here that an agent came from, or the one that is named; undefined where there is none, and while the
 * workspace is not trusted. `WORKSPACE_UNTRUSTED` where one is named then.
 */
export async function findSource(
  trust: Trust,
  facts: ContainerFacts,
  given?: string,
): Promise<GitSide | undefined> {
  if (given !== undefined) requireTrusted(trust);
  const folder = given ?? workspaceOrigin(facts).source;
  return folder === undefined || !trust.isTrusted() ? undefined : openLocalRepository(folder);
}

/** The same, where there must be one: `UNSUPPORTED` (field `source`), `WORKSPACE_UNTRUSTED`. */
export async function requireSource(trust: Trust, facts: ContainerFacts, given?: string): Promise<GitSide> {
  requireTrusted(trust);
  const found = await findSource(trust, facts, given);
  if (found) return found;
  const folder = given ?? workspaceOrigin(facts).source;
  const problem =
    folder === undefined
      ? `${facts.name} was not made from a folder of this machine.`
      : `There is no git repository at ${folder}.`;
  throw new AgentError("UNSUPPORTED", problem, {
    field: "source",
    remedy: "Name the folder of a git repository on this machine to exchange changes with.",
  });
}

/** Commits that the repository here has, newest first. */
export interface KnownCommits {
  /** Tips of its own and its remotes' branches, and what HEAD came from: an agent may have started from one. */
  here: readonly string[];
  /** Tips that were fetched from agents. */
  fetched: readonly string[];
}

/** Empty without a repository. */
export async function knownCommits(local: GitSide | undefined, signal?: AbortSignal): Promise<KnownCommits> {
  if (!local) return { here: [], fetched: [] };
  const tips = ["for-each-ref", "--count=2000", "--format=%(objectname)"];
  const [history, here, fetched] = await Promise.all([
    gitMaybe(local, ["rev-list", "--max-count=500", "HEAD"], { signal }),
    gitLine(local, [...tips, "refs/heads", "refs/remotes"], { signal }),
    gitLine(local, [...tips, "refs/agents"], { signal }),
  ]);
  const lines = (...texts: string[]) =>
    [...new Set(texts.flatMap((text) => text.split("\n")))].filter(Boolean);
  return { here: lines(history, here), fetched: lines(fetched) };
}

/** The names that an agent's refs have here: `refs/agents/<name>/…`. What git refuses in a name is replaced. */
export function agentRefs(name: string): string {
  return `refs/agents/${name.replace(/\.(?=\.|lock$|$)/g, "_")}`;
}

const reserved = /^(worktree|start|before|stash|heads|HEAD)(\/|$)/;

/** Where a branch of an agent goes; one with a name that means something else here goes below `heads/`. */
export function branchRef(name: string, branch: string): string {
  return `${agentRefs(name)}/${reserved.test(branch) ? "heads/" : ""}${branch}`;
}
