import type { ComparedFile, ComparedStatus, SnapshotComparison } from "../model/comparison.js";
import { plainText } from "../util/plainText.js";

const letters: Record<ComparedStatus, string> = {
  added: "A",
  modified: "M",
  deleted: "D",
  type: "T",
  mode: "P",
};

const octal = (mode = 0) => mode.toString(8).padStart(4, "0");

function line({ path, status, before, after }: ComparedFile): string {
  const modes = before && after && before.mode !== after.mode && status !== "type" && !before.linkTarget;
  const leads = (after ?? before)?.linkTarget;
  return [
    `${letters[status]}  ${path}`,
    ...(leads === undefined ? [] : [`→ ${leads}`]),
    ...(modes ? [`(${octal(before.mode)} → ${octal(after.mode)})`] : []),
  ].join("  ");
}

/** A summary, a line a file, and what was left out. */
export function renderComparison(comparison: SnapshotComparison): string {
  const { snapshot, with: other, agentName, folders, skipped, compared, files } = comparison;
  const sides = `${snapshot.name} → ${other?.name ?? `${agentName} now`}`;
  const where = folders.length > 0 ? ` in ${folders.join(" and ")}` : "";
  return [
    `${sides}: ${files.length} of ${compared} files differ${where}`,
    ...files.map(line),
    ...skipped.map(({ path, kind }) => `not compared: ${path} (${kind})`),
  ]
    .map((text) => `${plainText(text)}\n`)
    .join("");
}
