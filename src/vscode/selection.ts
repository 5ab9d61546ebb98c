import { isAgentNode, isSnapshotNode, type Node } from "./nodes.js";

/** What a keybinding gives in place of a row: keys bring none along. */
const fromTree = "selection";

/** True for the arguments of a keybinding of the tree, which stand for the agents that are selected in it. */
export function bySelection(args: readonly unknown[]): boolean {
  const [first] = args;
  return typeof first === "object" && first !== null && "agentContainers" in first
    ? first.agentContainers === fromTree
    : false;
}

/**
 * The arguments that a menu would give for the same rows: agents, or, for a key that is for them too, snapshots; none
 * where nothing of that is selected.
 */
export function selectedRows(selection: readonly Node[], snapshotsToo = false): readonly unknown[] {
  const agents = selection.filter(isAgentNode);
  const rows = agents.length > 0 || !snapshotsToo ? agents : selection.filter(isSnapshotNode);
  return rows[0] ? [rows[0], rows] : [];
}
