import type { Changes } from "../../model/changes.js";
import type { DiffOptions } from "../../model/options.js";
import type { ContainerFacts } from "../../ports/engine.js";
import type { AgentContext } from "../context.js";
import { requireLabels } from "../facts.js";
import { requireInspected, requireRunning } from "./inspectAgent.js";
import { findSource, knownCommits } from "./sourceRepository.js";

/**
 * What an agent changed against its start (SPEC W4), with one exec. A cloned agent knows its start; for a copied one it
 * is the newest of its commits that the repository here has too, which is not looked at while the workspace is not
 * trusted. `NOT_RUNNING`, `UNSUPPORTED` without a repository.
 */
export async function diffAgent(
  context: AgentContext,
  facts: ContainerFacts,
  { source }: DiffOptions,
  signal?: AbortSignal,
): Promise<Changes> {
  requireRunning(facts);
  const known = await knownCommits(await findSource(context, facts, source), signal);
  const found = await requireInspected(context, facts, { known, wanted: "changes", signal });
  const { base, branch, files, uncommitted, commits } = found;
  const { agentId } = requireLabels(facts);
  const counted = { ahead: commits.length, files, uncommitted: uncommitted.length, commits };
  return { agentId, name: facts.name, base, branch, ...counted };
}
