import { AgentError, toAgentError } from "../../model/errors.js";
import { renderBytes } from "../../model/size.js";
import type { ContainerFiles } from "../../workspace/files/containerFiles.js";
import { collectBytes } from "../changes/collectBytes.js";

/** What an editor shows of a file; a larger one is for other tools. */
const fileLimit = 20 * 2 ** 20;
/** What is read in one go: all of it is in memory. */
const wholeLimit = 256 * 2 ** 20;

/** A file that was asked for: its content, or why there is none. */
export type ComparedContent = { path: string } & ({ content: Buffer } | { problem: AgentError });

const tooLarge = (message: string) =>
  new AgentError("UNSUPPORTED", message, { remedy: "Copy the file and look at it here." });

/**
 * The contents of files, each up to 20 MB and 256 MB in all, many of them in one pass. One that cannot be read has its
 * problem in its place; rejects where none can be.
 */
export async function readCompared(
  files: Pick<ContainerFiles, "read" | "readFiles">,
  paths: readonly string[],
): Promise<ComparedContent[]> {
  const found = new Map<string, ComparedContent>();
  let whole = 0;
  const limitFor = (path: string, sizeBytes: number): AgentError | undefined => {
    if (sizeBytes > fileLimit) return tooLarge(`${path} is larger than ${renderBytes(fileLimit)}.`);
    if (whole + sizeBytes > wholeLimit)
      return tooLarge(`All files are larger than ${renderBytes(wholeLimit)}.`);
    return undefined;
  };
  await files.readFiles(paths, async (path, stream, sizeBytes) => {
    const problem = limitFor(path, sizeBytes);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) if (!problem && Buffer.isBuffer(chunk)) chunks.push(chunk);
    whole += problem ? 0 : sizeBytes;
    found.set(path, problem ? { path, problem } : { path, content: Buffer.concat(chunks) });
  });
  for (const path of paths) {
    if (found.has(path)) continue;
    const limit = Math.min(fileLimit, wholeLimit - whole);
    const content = collectBytes(limit);
    try {
      await files.read(path, content.stream);
      found.set(path, { path, content: content.bytes() });
      whole += content.bytes().length;
    } catch (error) {
      const { errored } = content.stream;
      const problem = toAgentError(errored ?? error);
      // What is the engine's, or the agent's state, is no word about a file.
      if (problem.code.startsWith("ENGINE_") || ["NOT_RUNNING", "CANCELLED"].includes(problem.code))
        throw problem;
      found.set(path, { path, problem });
    }
  }
  return paths.flatMap((path) => found.get(path) ?? []);
}
