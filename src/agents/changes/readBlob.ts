import type { ReadBlobOptions } from "../../model/options.js";
import { AgentError } from "../../model/errors.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { git } from "../../workspace/gitSide.js";
import type { AgentContext } from "../context.js";
import { agentSide } from "./agentGit.js";
import { collectBytes } from "./collectBytes.js";
import { requireRunning } from "./inspectAgent.js";

/** What an editor shows of a file; a larger one is for other tools. */
const limitBytes = 20 * 2 ** 20;

/** The contents of one side of a changed file, by the id that `diff` gives. `NOT_RUNNING`, `UNSUPPORTED` above 20 MB. */
export async function readBlob(
  context: AgentContext,
  facts: ContainerFacts,
  { id }: ReadBlobOptions,
  signal?: AbortSignal,
): Promise<Buffer> {
  requireRunning(facts);
  const content = collectBytes(limitBytes);
  await git(agentSide(context, facts), ["cat-file", "blob", id], { output: content.stream, signal }).catch(
    (error: unknown) => {
      const { errored } = content.stream;
      throw errored instanceof AgentError ? errored : error;
    },
  );
  return content.bytes();
}
