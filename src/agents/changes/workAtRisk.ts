import { isAtRisk, nothingAtRisk, type ChangedFile, type WorkAtRisk } from "../../model/changes.js";
import { AgentError, isAgentError, messageOf } from "../../model/errors.js";
import { parseLabels } from "../../model/labels.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { indexEntries, scratchIndex, takeFiles, toBytes, treeEntries } from "../../workspace/gitIndex.js";
import { git, gitMaybe, type GitSide } from "../../workspace/gitSide.js";
import type { TreeEntry } from "../../workspace/rawDiff.js";
import type { AgentContext } from "../context.js";
import { inspectAgent, type Inspected } from "./inspectAgent.js";
import { agentRefs, findSource, knownCommits, workspaceOrigin } from "./sourceRepository.js";

/** A question that takes longer counts as not answered. */
const patienceMs = 60_000;

/**
 * What destroying an agent would lose (SPEC L3): files and commits that are neither here, nor in what was fetched, nor
 * on a remote. One exec for a running agent. A mounted folder is not lost with its agent; a workspace without a
 * repository cannot be told about. Of an agent that does not run only whether it has a repository is known.
 */
export async function workAtRisk(
  context: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<WorkAtRisk> {
  const labels = parseLabels(facts.labels);
  if (!labels.ok || workspaceOrigin(facts).mode === "bind") return nothingAtRisk;
  const { workspaceFolder } = labels.value;
  if (facts.status !== "running") {
    const there = await hasRepository(context, facts.id, workspaceFolder, signal);
    return there ? { ...nothingAtRisk, unchecked: "it does not run" } : nothingAtRisk;
  }
  const patience = AbortSignal.timeout(patienceMs);
  try {
    const both = AbortSignal.any([patience, ...(signal ? [signal] : [])]);
    const local = await findSource(context, facts).catch((error: unknown) => {
      // Without a git here nothing was ever fetched to here.
      if (isAgentError(error, "UNSUPPORTED")) return undefined;
      throw error;
    });
    const known = await knownCommits(local, both);
    const found = await inspectAgent(context, facts, { known, wanted: "risk", signal: both });
    return found ? await whatIsNotHere(facts.name, found, local, both) : nothingAtRisk;
  } catch (error) {
    signal?.throwIfAborted();
    const why = patience.aborted ? "it takes too long" : messageOf(error);
    context.log.warn(`What ${facts.name} would lose cannot be told: ${why}`);
    return { ...nothingAtRisk, unchecked: why };
  }
}

async function hasRepository(context: AgentContext, id: string, folder: string, signal?: AbortSignal) {
  try {
    const archive = await context.engine.getArchive(id, `${folder.replace(/\/$/, "")}/.git/HEAD`, signal);
    archive.destroy();
    return true;
  } catch (error) {
    if (isAgentError(error, "NOT_FOUND")) return false;
    throw error;
  }
}

async function whatIsNotHere(
  name: string,
  found: Inspected,
  local: GitSide | undefined,
  signal: AbortSignal,
): Promise<WorkAtRisk> {
  // What the agent was given uncommitted, and left as it was, is not its work.
  const since = new Set(found.files.map(({ path }) => path));
  const uncommitted = found.uncommitted.filter(({ path }) => since.has(path));
  if (!local)
    return {
      uncommitted: uncommitted.map(({ path }) => path),
      unfetched: found.unpushed,
      stashes: found.stashes.length,
    };
  const [files, unfetched, stashes] = await Promise.all([
    notFetched(local, name, uncommitted).then((rest) => notInWorkTree(local, rest)),
    unreachable(local, found.unpushed, signal),
    unreachable(local, found.stashes, signal),
  ]);
  return { uncommitted: files, unfetched, stashes: stashes.length };
}

const isAs = ({ newId, newMode }: ChangedFile, entry: TreeEntry | undefined) =>
  entry?.id === newId && entry?.mode === newMode;

/** Those files that are not as they were fetched. */
async function notFetched(
  local: GitSide,
  name: string,
  files: readonly ChangedFile[],
): Promise<readonly ChangedFile[]> {
  if (files.length === 0) return files;
  const commit = await gitMaybe(local, [
    "rev-parse",
    "--verify",
    "--quiet",
    `${agentRefs(name)}/worktree^{commit}`,
  ]);
  if (commit === "") return files;
  const fetched = await treeEntries(local, commit);
  return files.filter((file) => !isAs(file, fetched.get(toBytes(file.path))));
}

/** Those files that are not the same in the work tree here: what was applied or copied is not lost. */
async function notInWorkTree(local: GitSide, files: readonly ChangedFile[]): Promise<string[]> {
  if (files.length === 0) return [];
  const folder = await local.temporary();
  try {
    const index = await scratchIndex(local, folder);
    const taken = await takeFiles(
      local,
      index,
      files.map(({ path }) => toBytes(path)),
    ).then(
      () => true,
      // A folder where the agent has a file, say: then they are not the same.
      () => false,
    );
    if (!taken) return files.map(({ path }) => path);
    const here = await indexEntries(local, index);
    return files.filter((file) => !isAs(file, here.get(toBytes(file.path)))).map(({ path }) => path);
  } finally {
    await local.remove([folder]);
  }
}

/** Those commits that no ref here leads to. */
async function unreachable(local: GitSide, ids: readonly string[], signal: AbortSignal): Promise<string[]> {
  if (ids.length === 0) return [];
  const input = ids.map((id) => `${id}\n`).join("");
  const known = await git(local, ["cat-file", "--batch-check=%(objectname) %(objecttype)"], {
    input,
    signal,
  });
  const here = new Set(
    known
      .toString()
      .split("\n")
      .flatMap((line) => (line.endsWith(" commit") ? [line.slice(0, line.indexOf(" "))] : [])),
  );
  if (here.size === 0) return [...ids];
  const list = ["rev-list", "--stdin", "--not", "--all"];
  const loose = await git(local, list, { input: [...here].map((id) => `${id}\n`).join(""), signal });
  const notHeld = new Set(loose.toString().split("\n"));
  return ids.filter((id) => !here.has(id) || notHeld.has(id));
}

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** What is at risk, in words: `2 files that are not committed (a.ts, b.ts) and 1 commit`. Empty for nothing. */
export function describeRisk({ uncommitted, unfetched, stashes, unchecked }: WorkAtRisk): string {
  if (unchecked !== undefined) return `what is in its repository cannot be checked, because ${unchecked}`;
  const names = uncommitted.slice(0, 3).join(", ") + (uncommitted.length > 3 ? ", …" : "");
  return [
    ...(uncommitted.length > 0
      ? [`${counted(uncommitted.length, "uncommitted file", "uncommitted files")} (${names})`]
      : []),
    ...(unfetched.length > 0 ? [counted(unfetched.length, "commit", "commits")] : []),
    ...(stashes > 0 ? [counted(stashes, "stash entry", "stash entries")] : []),
  ].join(", ");
}

/** Refuses a destroy that would lose work: `WORK_AT_RISK`, with the names of the files. */
export async function refuseToLoseWork(
  context: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<void> {
  const risk = await workAtRisk(context, facts, signal);
  if (!isAtRisk(risk)) return;
  const message =
    risk.unchecked === undefined
      ? `${facts.name} has work that is nowhere else: ${describeRisk(risk)}.`
      : `${facts.name} may have work that is nowhere else: ${describeRisk(risk)}.`;
  throw new AgentError("WORK_AT_RISK", message, {
    files: risk.uncommitted,
    remedy:
      facts.status === "running"
        ? "Fetch its changes or take a snapshot first, or force the destroy."
        : "Start it so that it can be checked, take a snapshot, or force the destroy.",
  });
}
