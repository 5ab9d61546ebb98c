import { AgentError } from "../../model/errors.js";
import { labelKeys } from "../../model/labels.js";
import { isWithin } from "../../model/mountTargets.js";
import type { Excluded } from "../../model/snapshot.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { archiveFiles } from "../../workspace/files/archiveFiles.js";
import type { ContainerFiles } from "../../workspace/files/containerFiles.js";
import type { AgentContext, Work } from "../context.js";
import { listAgentContainers } from "../facts.js";
import { withFiles } from "../files.js";
import { findExcluded } from "./excluded.js";
import type { FoundSnapshot } from "./find.js";
import { keptFolder } from "./keptFiles.js";
import { withShown } from "./showing.js";

/** Where an agent has what it keeps, whatever its id. */
export const keptPath = "/mngr";

/** One side of a comparison: an agent as it is now, or the container that shows a snapshot. */
export interface Side {
  containerId: string;
  /** What is not there to be compared. */
  excluded: readonly Excluded[];
  /** False where nothing was kept in /mngr. */
  keeps: boolean;
  /** Reads below a folder, a path in the container. `work` may run twice. */
  read<T>(folder: string, work: (files: ContainerFiles) => Promise<T>): Promise<T>;
}

/** Where a path that people see is in a container: /mngr is a link, and an older one in a snapshot of a fork. */
export function placeInContainer(path: string, agentId: string): string {
  return isWithin(path, keptPath) ? `${keptFolder(agentId)}${path.slice(keptPath.length)}` : path;
}

/**
 * Reads files of an agent as they are, as root: by commands in it where it runs, because an engine answers nothing else
 * about a container while an archive of it is under way.
 */
export function readAgent<T>(
  context: AgentContext,
  facts: ContainerFacts,
  paths: readonly string[],
  work: (files: ContainerFiles) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  return withFiles(context, facts, { paths, user: "0", signal }, work);
}

/** The agent that a snapshot is of, on the same engine. `NOT_FOUND` when it is gone. */
export async function agentOfSnapshot(
  { engine }: AgentContext,
  { record }: Pick<FoundSnapshot, "record">,
  signal?: AbortSignal,
): Promise<ContainerFacts> {
  const agents = await listAgentContainers(engine, signal);
  const facts = agents.find(({ labels }) => labels[labelKeys.agentId] === record.agentId);
  if (facts) return facts;
  throw new AgentError("NOT_FOUND", `The agent ${record.agentName} is gone.`, {
    remedy: "Compare with another snapshot of it.",
  });
}

/** An agent as it is now. */
export async function agentSide(
  context: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<Side> {
  const { engine } = context;
  const [now, body] = await Promise.all([
    engine.inspectContainer(facts.id, signal),
    engine.containerBody(facts.id, signal),
  ]);
  return {
    containerId: facts.id,
    excluded: await findExcluded(engine, now, body, signal),
    keeps: true,
    read: (folder, work) => readAgent(context, now, [folder], work, signal),
  };
}

/** A snapshot, for as long as `use` takes. */
export function withSnapshotSide<T>(
  context: AgentContext,
  found: FoundSnapshot,
  work: Work,
  use: (side: Side) => Promise<T>,
): Promise<T> {
  return withShown(context, found, work, ({ containerId, kept }) => {
    const lost: Excluded[] = kept === "lost" ? [{ kind: "volume", path: keptPath }] : [];
    return use({
      containerId,
      excluded: [...found.record.excluded, ...lost],
      keeps: kept === "there",
      read: (_folder, reading) => reading(archiveFiles(context.engine, containerId, work.signal)),
    });
  });
}
