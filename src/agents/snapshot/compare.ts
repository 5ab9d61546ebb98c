import type { ComparedSide, SnapshotComparison } from "../../model/comparison.js";
import { AgentError, isAgentError } from "../../model/errors.js";
import { parseLabels } from "../../model/labels.js";
import { isWithin } from "../../model/mountTargets.js";
import { renderBytes } from "../../model/size.js";
import type { Excluded, Snapshot } from "../../model/snapshot.js";
import type { ContainerFacts, Engine } from "../../ports/engine.js";
import { together } from "../../util/together.js";
import { readFileTable, type TableRequest } from "../../workspace/files/fileTable.js";
import type { AgentContext, Work } from "../context.js";
import { findDifferences } from "./differences.js";
import type { FoundSnapshot } from "./find.js";
import { agentSide, keptPath, placeInContainer, withSnapshotSide, type Side } from "./sides.js";

/** What a snapshot is compared with. */
export type ComparedWith = { agent: ContainerFacts } | { snapshot: FoundSnapshot };

/**
 * Which files differ between a snapshot and its agent as it is now, or another snapshot of it: in the workspace and in
 * /mngr, without what is in a `.git` and without mounts. Both sides are read at once, as streams; an agent that runs is
 * read as it goes. What that takes on the engine is gone afterwards. `NOT_FOUND`, `UNSUPPORTED`.
 */
export async function compareSnapshot(
  context: AgentContext,
  found: FoundSnapshot,
  other: ComparedWith,
  work: Work,
): Promise<SnapshotComparison> {
  work.onProgress("Looking at what there is");
  const folder = await workspaceOf(context, found, work.signal);
  const compare = (before: Side, after: Side) => compareSides(context, folder, found, before, after, work);
  return withSnapshotSide(context, found, work, async (before) => {
    const brief = ({ id, name, createdAt }: Snapshot) => ({ id, name, createdAt });
    const { agentId, agentName } = found.record;
    const named = { agentId, agentName, snapshot: brief(found.snapshot) };
    if ("agent" in other) {
      const after = await agentSide(context, other.agent, work.signal);
      return { ...named, agentName: other.agent.name, ...(await compare(before, after)) };
    }
    return withSnapshotSide(context, other.snapshot, work, async (after) => {
      return { ...named, with: brief(other.snapshot.snapshot), ...(await compare(before, after)) };
    });
  });
}

/** The workspace of the agent that a snapshot is of, as its image says it. */
async function workspaceOf(
  { engine }: AgentContext,
  { snapshot }: FoundSnapshot,
  signal?: AbortSignal,
): Promise<string> {
  const labels = parseLabels((await engine.inspectImage(snapshot.image, signal)).labels);
  if (!labels.ok) throw new AgentError("UNSUPPORTED", `The snapshot cannot be read: ${labels.reason}.`);
  const { workspaceFolder } = labels.value;
  if (workspaceFolder !== "/") return workspaceFolder;
  throw new AgentError("UNSUPPORTED", "The workspace is the whole file system, and that is not compared.");
}

async function compareSides(
  { engine }: AgentContext,
  workspace: string,
  { record }: FoundSnapshot,
  before: Side,
  after: Side,
  work: Work,
): Promise<Pick<SnapshotComparison, "folders" | "skipped" | "compared" | "files">> {
  const mounts = uniqueMounts([...before.excluded, ...after.excluded]);
  const skip = (path: string) => mounts.some((mount) => isWithin(path, mount.path));
  const wanted = [...(isWithin(workspace, keptPath) ? [] : [workspace]), keptPath];
  const folders = wanted.filter((folder) => !skip(folder));
  const onFile = counter(work);
  const tableOf = async (side: Side): Promise<Map<string, ComparedSide>> => {
    const all = new Map<string, ComparedSide>();
    for (const folder of folders) {
      if (folder === keptPath && !side.keeps) continue;
      const place = placeInContainer(folder, record.agentId);
      const shown = (path: string) => `${folder}${path.slice(place.length)}`;
      const request = { skip: (path: string) => skip(shown(path)), onFile };
      for (const [path, file] of await tableOfFolder(engine, side, place, request))
        all.set(shown(path), file);
    }
    return all;
  };
  work.onProgress("Comparing");
  const [old, now] = await together(tableOf(before), tableOf(after));
  return {
    folders,
    skipped: mounts.filter(({ path }) =>
      wanted.some((folder) => isWithin(path, folder) || isWithin(folder, path)),
    ),
    compared: new Set([...old.keys(), ...now.keys()]).size,
    files: findDifferences(old, now),
  };
}

/** The files of one folder; none where there is no such folder. */
async function tableOfFolder(
  engine: Engine,
  side: Side,
  place: string,
  request: TableRequest,
): Promise<Map<string, ComparedSide>> {
  try {
    return await side.read(place, (files) => readFileTable(files, place, request));
  } catch (error) {
    if (!isAgentError(error, "NOT_FOUND")) throw error;
    // The container itself may be what is not there.
    await engine.inspectContainer(side.containerId);
    return new Map();
  }
}

/** What can be a folder in an agent, once each, by path. */
function uniqueMounts(excluded: readonly Excluded[]): Excluded[] {
  const mounts = excluded.filter(({ kind }) => kind !== "gpu");
  return [...new Map(mounts.map((mount) => [mount.path, mount])).values()].sort((a, b) =>
    a.path < b.path ? -1 : 1,
  );
}

/** Tells now and then how much was read, of both sides together. */
function counter({ onProgress }: Work): (sizeBytes: number) => void {
  let files = 0;
  let bytes = 0;
  let told = 0;
  return (sizeBytes) => {
    files += 1;
    bytes += sizeBytes;
    const step = Math.floor(files / 500) + Math.floor(bytes / (8 * 2 ** 20));
    if (step === told) return;
    told = step;
    onProgress("Comparing", `${files} files, ${renderBytes(bytes)}`);
  };
}
