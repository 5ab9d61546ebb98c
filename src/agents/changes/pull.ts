import type { Pulled } from "../../model/changes.js";
import type { PullOptions } from "../../model/options.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { applyChanges } from "../../workspace/applyChanges.js";
import { copyFiles } from "../../workspace/copyFiles.js";
import type { AgentContext, Work } from "../context.js";
import { fetchAgent, writeRefs } from "./fetch.js";
import { agentRefs } from "./sourceRepository.js";

/**
 * Brings an agent's work back (SPEC W4): `fetch` into refs, `apply` as uncommitted changes, `files` as they are. On
 * failure and cancel the work tree here is as it was; what was fetched by then stays in its refs. `WOULD_OVERWRITE`
 * before any file with work of its own is touched, unless `merge` or `overwrite` says so.
 */
export async function pullAgent(
  context: AgentContext,
  facts: ContainerFacts,
  { mode, paths, source, merge, overwrite }: PullOptions,
  work: Work,
): Promise<Pulled> {
  const { local, refs, from, to } = await fetchAgent(context, facts, source, work);
  const fetched = { refs, files: [], same: [], conflicts: [], skipped: [], repository: local.root };
  if (mode === "fetch") return fetched;
  work.onProgress(mode === "apply" ? "Applying" : "Copying");
  const { signal } = work;
  const done =
    mode === "apply"
      ? await applyChanges(local, { from, to, paths, merge, signal })
      : await copyFiles(local, { tree: to, paths: paths ?? [], overwrite, signal });
  const { before, ...applied } = done;
  const kept = before === undefined ? {} : { [`${agentRefs(facts.name)}/before`]: before };
  // Its objects are there already; the name keeps them from being cleaned up.
  await writeRefs(local, kept, `agent-containers: before ${mode} from ${facts.name}`);
  return { ...fetched, ...applied, refs: { ...refs, ...kept } };
}
