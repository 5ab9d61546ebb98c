import { AgentError } from "../../model/errors.js";
import type { ContainerFiles } from "../../workspace/files/containerFiles.js";
import { collectBytes } from "../changes/collectBytes.js";

/** What an editor shows of a file; a larger one is for other tools. */
const limitBytes = 20 * 2 ** 20;

/** The content of one side of a compared file. `NOT_FOUND`, `UNSUPPORTED` above 20 MB. */
export async function readCompared(files: Pick<ContainerFiles, "read">, path: string): Promise<Buffer> {
  const content = collectBytes(limitBytes);
  try {
    await files.read(path, content.stream);
  } catch (error) {
    const { errored } = content.stream;
    throw errored instanceof AgentError ? errored : error;
  }
  return content.bytes();
}
