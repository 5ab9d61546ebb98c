import { randomBytes } from "node:crypto";
import type { ChangedCommit, ChangedFile } from "../../model/changes.js";
import { AgentError } from "../../model/errors.js";
import type { ContainerFacts } from "../../ports/engine.js";
import { parseRawDiff, withLines } from "../../workspace/rawDiff.js";
import type { AgentContext } from "../context.js";
import { requireLabels } from "../facts.js";
import { runInAgent } from "./agentGit.js";
import type { KnownCommits } from "./sourceRepository.js";
import script from "./inspect.sh";

/** What an agent's repository holds. */
export interface Inspected {
  /** Empty before the first commit. */
  head: string;
  /** Empty where HEAD is detached. */
  branch: string;
  /** Those of the known commits that it has. */
  have: string[];
  /** The commit that it started from, and the one whose tree was the exact start; empty where there was none. */
  base: string;
  start: string;
  emptyTree: string;
  branches: { branch: string; id: string }[];
  stashes: string[];
  worktree: string;
  /** A loose commit of what is not committed; empty where there is nothing. */
  uncommittedCommit: string;
  /** What differs from HEAD. */
  uncommitted: ChangedFile[];
  /** What differs from the start; without lines where only the risk was asked for. */
  files: ChangedFile[];
  commits: ChangedCommit[];
  /** Commits that no remote and nobody here is known to have. */
  unpushed: string[];
}

const renderKnown = ({ here, fetched }: KnownCommits) =>
  [...here.map((id) => `${id} here\n`), ...fetched.map((id) => `${id} fetched\n`)].join("");

const lines = (text: string) => text.split("\n").filter(Boolean);

/**
 * Looks at the repository in an agent's workspace with one exec; its index and work tree stay untouched. Undefined
 * where there is none. `known` are commits of the other side. `NOT_RUNNING`, `UNSUPPORTED` without a git or with a
 * repository that git cannot use.
 */
export async function inspectAgent(
  context: AgentContext,
  facts: ContainerFacts,
  { known, wanted, signal }: { known: KnownCommits; wanted: "risk" | "changes"; signal?: AbortSignal },
): Promise<Inspected | undefined> {
  const nonce = randomBytes(16).toString("hex");
  const folder = requireLabels(facts).workspaceFolder;
  const { code, stdout, stderr } = await runInAgent(
    context,
    facts,
    ["sh", "-c", script, "agent-containers-changes", nonce, folder, wanted],
    { input: renderKnown(known), signal },
  );
  if (code !== 0) {
    throw new AgentError(
      "UNSUPPORTED",
      `The repository in ${facts.name} cannot be read by git (code ${code}).`,
      {
        log: stderr.trim(),
        remedy: "See the log for git's own words.",
      },
    );
  }
  if (stdout.length === 0) return undefined;
  const sections = new Map(
    stdout
      .toString()
      .split(`\0${nonce}:`)
      .slice(1)
      .map((part) => {
        const at = part.indexOf("\0");
        return [part.slice(0, at), part.slice(at + 1)] as const;
      }),
  );
  const of = (name: string) => sections.get(name) ?? "";
  if (!sections.has("end")) throw new Error("the answer of inspect.sh is not whole");
  const [head = "", branch = ""] = of("head").split("\0");
  const [base = "", start = "", emptyTree = ""] = of("base").split("\0");
  const [worktree = "", uncommittedCommit = ""] = of("worktree").split("\0");
  const refs = of("refs").split("\0");
  const commits = of("commits").split("\0");
  return {
    head,
    branch,
    have: lines(of("have")),
    base,
    start,
    emptyTree,
    branches: groups(refs, 2).map(([ref = "", id = ""]) => ({
      branch: ref.trim().replace(/^refs\/heads\//, ""),
      id,
    })),
    stashes: lines(of("stashes")),
    worktree,
    uncommittedCommit,
    uncommitted: parseRawDiff(of("uncommitted")),
    files: withLines(parseRawDiff(of("since") || of("files")), of("lines")),
    commits: groups(commits, 4).map(([id = "", author = "", at = "", subject = ""]) => ({
      id,
      author,
      at,
      subject,
    })),
    unpushed: lines(of("unpushed")),
  };
}

/** `fields` in groups of `size`; what follows the last whole one is left out. */
function groups(fields: readonly string[], size: number): string[][] {
  return Array.from({ length: Math.floor(fields.length / size) }, (_, at) =>
    fields.slice(at * size, (at + 1) * size),
  );
}

/** The same, where there must be a repository: `UNSUPPORTED`. */
export async function requireInspected(
  context: AgentContext,
  facts: ContainerFacts,
  asked: Parameters<typeof inspectAgent>[2],
): Promise<Inspected> {
  requireRunning(facts);
  const found = await inspectAgent(context, facts, asked);
  if (found) return found;
  const folder = requireLabels(facts).workspaceFolder;
  throw new AgentError("UNSUPPORTED", `The workspace ${folder} of ${facts.name} is not a git repository.`, {
    remedy: "Changes are told by git: copy files out over SSH, or make the agent from a git repository.",
  });
}

/** `NOT_RUNNING`, which says what to do: git runs in the agent. */
export function requireRunning(facts: ContainerFacts): void {
  if (facts.status === "running") return;
  const state = facts.status === "paused" ? "is paused" : "does not run";
  throw new AgentError("NOT_RUNNING", `${facts.name} ${state}, and its changes are told by the git in it.`, {
    remedy: facts.status === "paused" ? "Resume it first." : "Start it first.",
  });
}
