import type { Pushed } from "../../model/changes.js";
import { AgentError } from "../../model/errors.js";
import type { PushOptions } from "../../model/options.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { applyChanges } from "../../workspace/applyChanges.js";
import { looseCommit, scratchIndex, worktreeTree } from "../../workspace/gitIndex.js";
import { git, gitLine, gitMaybe, type GitSide } from "../../workspace/gitSide.js";
import { transferObjects } from "../../workspace/transferObjects.js";
import type { AgentContext, Work } from "../context.js";
import { agentSide } from "./agentGit.js";
import { writeRefs } from "./fetch.js";
import { requireInspected, requireRunning } from "./inspectAgent.js";
import { knownCommits, requireSource } from "./sourceRepository.js";

/** HEAD of the repository here, and its work as it is now: HEAD itself where all is committed. */
async function localWork(local: GitSide, signal?: AbortSignal) {
  const head = await gitMaybe(local, ["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], { signal });
  if (head === "") {
    throw new AgentError("UNSUPPORTED", `The repository at ${local.root} has no commit yet.`, {
      field: "source",
      remedy: "Commit something first.",
    });
  }
  const branch = await gitMaybe(local, ["symbolic-ref", "--quiet", "--short", "HEAD"], { signal });
  const folder = await local.temporary();
  try {
    const tree = await worktreeTree(local, await scratchIndex(local, folder), signal);
    const committed = await gitLine(local, ["rev-parse", "HEAD^{tree}"], { signal });
    const worktree = tree === committed ? head : await looseCommit(local, tree, head, "Uncommitted work");
    return { head, branch, worktree };
  } finally {
    await local.remove([folder]);
  }
}

/**
 * Brings what changed here since the agent started, or since the last push, into the agent: commits as
 * `refs/remotes/host/<branch>`, and all differences into its work tree, where the agent's own work is merged with and
 * not overwritten. Where the agent's branch has no commits of its own and nothing is staged, it moves along. From then
 * on the agent's changes are told against what was pushed. `WOULD_OVERWRITE` where the agent has uncommitted work in
 * the same files, unless `merge` says to leave it to git.
 */
export async function pushToAgent(
  context: AgentContext,
  facts: ContainerFacts,
  { source, merge }: PushOptions,
  work: Work,
): Promise<Pushed> {
  requireRunning(facts);
  const { signal } = work;
  const local = await requireSource(context, facts, source);
  work.onProgress("Looking at the changes");
  const known = await knownCommits(local, signal);
  const [mine, found] = await Promise.all([
    localWork(local, signal),
    requireInspected(context, facts, { known, wanted: "risk", signal }),
  ]);
  const agent = agentSide(context, facts);
  work.onProgress("Sending");
  const tips = [mine.head, mine.worktree].filter((id) => !found.have.includes(id));
  await transferObjects(local, agent, { tips: [...new Set(tips)], known: found.have, signal });
  signal?.throwIfAborted();
  const head = `refs/remotes/host/${mine.branch || "HEAD"}`;
  const refs = { [head]: mine.head };
  await writeRefs(agent, refs, "agent-containers: pushed");
  work.onProgress("Applying");
  const from = found.start || found.emptyTree;
  const done = await applyChanges(agent, { from, to: mine.worktree, merge, signal });
  // From here on the agent has it: the rest is told whether or not somebody has second thoughts.
  const own: Record<string, string> = {
    "refs/agent-containers/base": mine.head,
    "refs/agent-containers/start": mine.worktree,
    ...(done.before !== undefined && { "refs/agent-containers/before": done.before }),
  };
  await writeRefs(agent, own, "agent-containers: pushed");
  const fastForward = await moveAlong(agent, found.head, mine.head);
  const { files, same, conflicts, skipped } = done;
  return { refs: { ...refs, ...own }, files, same, conflicts, skipped, fastForward };
}

/** Moves the agent's HEAD to what was pushed, where it only goes forward and no conflict or staged file is in the way. */
async function moveAlong(agent: GitSide, from: string, to: string): Promise<boolean> {
  if (from === "" || from === to) return false;
  const forward = await agent.run(["merge-base", "--is-ancestor", from, to]);
  const staged = await agent.run(["diff-index", "--cached", "--quiet", from]);
  if (forward.code !== 0 || staged.code !== 0) return false;
  await git(agent, ["update-ref", "-m", "agent-containers: pushed", "HEAD", to, from]);
  await git(agent, ["read-tree", to]);
  await agent.run(["update-index", "-q", "--refresh"]);
  return true;
}
