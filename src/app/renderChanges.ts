import type { Changes, ChangeStatus, Overlap, Pulled, Pushed } from "../model/changes.js";
import { plainText } from "../util/plainText.js";

const letters: Record<ChangeStatus, string> = {
  added: "A",
  modified: "M",
  deleted: "D",
  renamed: "R",
  type: "T",
};

const text = (lines: readonly string[]) => `${lines.map(plainText).join("\n")}\n`;

/** What an agent changed: a summary, then a line a file, then a line a commit. */
export function renderChanges({ name, base, branch, ahead, uncommitted, files, commits }: Changes): string {
  if (files.length === 0 && commits.length === 0) return text([`${name} has changed nothing.`]);
  const where = [branch && `on ${branch}`, base && `since ${base.slice(0, 10)}`].filter(Boolean).join(" ");
  return text([
    `${name} ${where}: ${ahead} commits, ${files.length} files, ${uncommitted} of them not committed`,
    ...files.map(({ path, oldPath, status, additions, deletions, binary }) => {
      const size = binary ? "binary" : `+${additions} -${deletions}`;
      return `${letters[status]}  ${oldPath === undefined ? "" : `${oldPath} → `}${path}  ${size}`;
    }),
    ...commits.map(({ id, subject }) => `${id.slice(0, 10)}  ${subject}`),
  ]);
}

function filesOf({ files, same, conflicts, skipped }: Omit<Pulled, "repository" | "refs">): string[] {
  const open = new Set(conflicts);
  return [
    ...files.map((path) => `${open.has(path) ? "conflict" : "changed "}  ${path}`),
    ...(same.length > 0 ? [`${same.length} files were so already`] : []),
    ...skipped.map((path) => `submodule, left alone  ${path}`),
  ];
}

/** What came here. */
export function renderPulled(pulled: Pulled): string {
  const refs = Object.entries(pulled.refs).map(([ref, id]) => `${id.slice(0, 10)}  ${ref}`);
  return text([...refs, ...filesOf(pulled)]);
}

/** What went into the agent. */
export function renderPushed(pushed: Pushed): string {
  const branch = pushed.fastForward ? ["Its branch moved along."] : [];
  const files = filesOf(pushed);
  return text([...branch, ...(files.length > 0 ? files : ["Its files were so already."])]);
}

/** A line a file, with those who changed it. */
export function renderOverlaps(overlaps: readonly Overlap[]): string {
  if (overlaps.length === 0) return "They changed no file in common.\n";
  return text(
    overlaps.map(({ path, agents, same }) => {
      const who = agents.map(({ name, status }) => `${name} (${status})`).join(", ");
      return `${path}: ${who}${same ? ", the same" : ""}`;
    }),
  );
}
