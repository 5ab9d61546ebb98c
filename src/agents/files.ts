import type { Writable } from "node:stream";
import { AgentError, isAgentError } from "../model/errors.js";
import type { FileEntry } from "../model/fileEntry.js";
import { foreignIdentity } from "../model/foreign.js";
import type { ContainerFacts } from "../ports/engine.js";
import { archiveFiles } from "../workspace/files/archiveFiles.js";
import type { ContainerFiles } from "../workspace/files/containerFiles.js";
import { execFiles } from "../workspace/files/execFiles.js";
import { collect } from "../util/sinks.js";
import type { AgentContext } from "./context.js";
import { requireLabels } from "./facts.js";

/** Which paths of an agent are worked on, and as whom where it runs. */
export interface FilesRequest {
  paths: readonly string[];
  user?: string;
  signal?: AbortSignal;
}

const isBelow = (path: string, folder: string) => path === folder || path.startsWith(`${folder}/`);

/** What is only there while the agent runs: the engine would write below it, where nobody ever sees it. */
function requireKept(facts: ContainerFacts, paths: readonly string[]): void {
  const memory = facts.mounts.filter(({ type }) => type === "tmpfs").map(({ target }) => target);
  for (const path of paths) {
    const found = ["/proc", "/sys", "/dev", ...memory].find((folder) => isBelow(path, folder));
    if (!found) continue;
    throw new AgentError("UNSUPPORTED", `${found} is in memory, and only there while ${facts.name} runs.`, {
      field: "path",
      remedy: facts.status === "paused" ? "Resume the agent first." : "Start the agent first.",
    });
  }
}

/**
 * Runs `work` on the files of an agent: by commands in it, as its user, where it runs, and by the engine's archives
 * where it does not. One that stops or starts in between is asked the other way, once; `work` may run twice.
 */
export async function withFiles<T>(
  { engine }: AgentContext,
  facts: ContainerFacts,
  request: FilesRequest,
  work: (files: ContainerFiles) => Promise<T>,
): Promise<T> {
  const { signal } = request;
  // Another program's container: as its own user.
  const labels = foreignIdentity(facts.labels) ? undefined : requireLabels(facts);
  if (facts.status === "running") {
    try {
      return await work(execFiles(engine, facts.id, { user: request.user ?? labels?.user, signal }));
    } catch (error) {
      if (!isAgentError(error, "NOT_RUNNING")) throw error;
    }
  }
  const now = await engine.inspectContainer(facts.id, signal);
  requireKept(now, request.paths);
  return work(archiveFiles(engine, facts.id, signal));
}

/** As much as is put into one answer of `readFile`; more goes through a stream. */
const maxContentBytes = 64 * 2 ** 20;

/** The content of a file: text, or base64. `SPEC_INVALID` where it is no text, or too large for one answer. */
export async function readContent(
  path: string,
  encoding: "utf8" | "base64",
  read: (sink: Writable) => Promise<void>,
): Promise<string> {
  const content = collect({
    bytes: maxContentBytes,
    error: () =>
      new AgentError("SPEC_INVALID", `${path} is larger than 64 MB.`, {
        field: "path",
        remedy: "Download it instead.",
      }),
  });
  await read(content.stream);
  const bytes = content.bytes();
  if (encoding === "base64") return bytes.toString("base64");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new AgentError("SPEC_INVALID", `${path} is not text in UTF-8.`, {
      field: "encoding",
      remedy: 'Ask for it with encoding "base64".',
      cause: error,
    });
  }
}

/** Folders first, then by name, as an explorer shows them. */
export function sortEntries(entries: readonly FileEntry[]): FileEntry[] {
  const isFolder = ({ kind, targetKind }: FileEntry) => (targetKind ?? kind) === "folder";
  return [...entries].sort(
    (a, b) => Number(isFolder(b)) - Number(isFolder(a)) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}
