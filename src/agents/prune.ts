import { toAgentError, type ErrorCode } from "../model/errors.js";
import type { AgentContext, Work } from "./context.js";
import { recover, type Recovered } from "./recover.js";
import { findLeftovers, type Leftover } from "./leftovers.js";

/** What a prune found, and what became of it. */
export interface PruneResult {
  /** What was done about verbs that had been cut off, before anything else. */
  recovered: Recovered;
  /** Everything that was left over. */
  found: readonly Leftover[];
  /** What was asked for and is gone. */
  removed: readonly Leftover[];
  /** What was asked for and could not be removed. */
  failed: readonly (Leftover & { error: { code: ErrorCode; message: string } })[];
}

/** How a left-over is named in a choice: its kind and its id. */
export function leftoverKey({ kind, id }: Pick<Leftover, "kind" | "id">): string {
  return `${kind}:${id}`;
}

function remove({ engine, ssh, vault, state }: AgentContext, { kind, id }: Leftover): Promise<void> {
  switch (kind) {
    case "container":
      return engine.removeContainer(id);
    case "volume":
      return engine.removeVolume(id);
    case "network":
      return engine.removeNetwork(id);
    case "image":
      return engine.removeImage(id);
    case "record":
      return state.update(id, () => undefined);
    case "state":
      return state.remove();
    case "ssh":
      return ssh.remove(id);
    case "secrets":
      return vault.forget(id);
  }
}

/**
 * Lists what is left over, and removes what `wanted` names (keys of `leftoverKey`), or all. It is looked for anew, so
 * that what somebody uses meanwhile stays. One that cannot be removed does not keep the others.
 */
export async function pruneLeftovers(
  context: AgentContext,
  wanted: readonly string[] | "all",
  work: Work,
): Promise<PruneResult> {
  work.onProgress("Looking for what is left over");
  const recovered = await recover(context, { images: true, signal: work.signal });
  const found = await findLeftovers(context, work.signal);
  const chosen = found.filter((leftover) => wanted === "all" || wanted.includes(leftoverKey(leftover)));
  const removed: Leftover[] = [];
  const failed: PruneResult["failed"][number][] = [];
  for (const leftover of chosen) {
    work.signal?.throwIfAborted();
    work.onProgress("Removing", leftover.name);
    try {
      await remove(context, leftover);
      removed.push(leftover);
    } catch (error) {
      const { code, message } = toAgentError(error);
      failed.push({ ...leftover, error: { code, message } });
    }
  }
  return { recovered, found, removed, failed };
}
