import type { ContainerFacts } from "../../ports/engine.js";
import { git, gitMaybe, type GitSide } from "../../workspace/gitSide.js";
import { transferObjects } from "../../workspace/transferObjects.js";
import type { AgentContext, Work } from "../context.js";
import { agentSide } from "./agentGit.js";
import { requireInspected, requireRunning, type Inspected } from "./inspectAgent.js";
import { agentRefs, branchRef, knownCommits, requireSource } from "./sourceRepository.js";

/** What was fetched, and where to. */
export interface Fetched {
  local: GitSide;
  found: Inspected;
  /** The refs that were written, with what they point at. */
  refs: Record<string, string>;
  /** The trees of the agent's start and of its work as it is now; both are here. */
  from: string;
  to: string;
}

/**
 * Brings an agent's work into the repository here (SPEC W4): its branches as `refs/agents/<name>/<branch>`, what is not
 * committed as one more commit at `…/worktree`, its stash as `…/stash/<n>`, its start at `…/start`. No remote is
 * configured, and no branch, HEAD or file here changes. Refs are written in one go at the end, with a reflog, so that
 * what was fetched before is still found. `NOT_RUNNING`, `UNSUPPORTED` without a repository on either side.
 */
export async function fetchAgent(
  context: AgentContext,
  facts: ContainerFacts,
  source: string | undefined,
  work: Work,
): Promise<Fetched> {
  requireRunning(facts);
  const { signal } = work;
  const local = await requireSource(context, facts, source);
  work.onProgress("Looking at the changes");
  const known = await knownCommits(local, signal);
  const found = await requireInspected(context, facts, { known, wanted: "changes", signal });
  const refs = refsOf(facts.name, found, new Set(known.here));
  work.onProgress("Fetching");
  const had = new Set(found.have);
  const tips = [...new Set([...Object.values(refs), found.start].filter((id) => id !== "" && !had.has(id)))];
  await transferObjects(agentSide(context, facts), local, { tips, known: found.have, signal });
  signal?.throwIfAborted();
  await writeRefs(local, refs, `agent-containers: fetched from ${facts.name}`);
  return {
    local,
    found,
    refs,
    from: found.start || found.emptyTree,
    to: found.uncommittedCommit || found.head || found.emptyTree,
  };
}

/** The agent's own branch and those that the repository here does not have; branches it was given are not repeated. */
function refsOf(name: string, found: Inspected, known: ReadonlySet<string>): Record<string, string> {
  const { head, branch, branches, stashes, start, uncommittedCommit } = found;
  const refs = branches
    .filter((one) => one.branch === branch || !known.has(one.id))
    .map((one): [string, string] => [branchRef(name, one.branch), one.id]);
  const own = agentRefs(name);
  if (branch === "" && head !== "") refs.push([`${own}/HEAD`, head]);
  if (uncommittedCommit !== "") refs.push([`${own}/worktree`, uncommittedCommit]);
  if (start !== "") refs.push([`${own}/start`, start]);
  refs.push(...stashes.map((id, at): [string, string] => [`${own}/stash/${at}`, id]));
  return Object.fromEntries(refs);
}

/** Writes refs all or none. A ref of an earlier fetch that is in the way of a name (`a` of `a/b`) makes room first. */
export async function writeRefs(
  side: GitSide,
  refs: Readonly<Record<string, string>>,
  why: string,
): Promise<void> {
  const names = Object.keys(refs);
  if (names.length === 0) return;
  const records = names.flatMap((name) => [`update ${name}`, refs[name] ?? "", ""]);
  const args = ["update-ref", "--create-reflog", "-m", why, "--stdin", "-z"];
  const input = records.map((record) => `${record}\0`).join("");
  await makeRoom(side, names);
  await git(side, args, { input });
}

async function makeRoom(side: GitSide, names: readonly string[]): Promise<void> {
  const [first = ""] = names;
  const own = first.split("/").slice(0, 3).join("/");
  const present = (await gitMaybe(side, ["for-each-ref", "--format=%(refname)", own]))
    .split("\n")
    .filter(Boolean);
  const inTheWay = present.filter((old) =>
    names.some((name) => name.startsWith(`${old}/`) || old.startsWith(`${name}/`)),
  );
  for (const old of inTheWay) await git(side, ["update-ref", "-d", old]);
}
