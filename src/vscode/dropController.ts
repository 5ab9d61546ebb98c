import type * as vscode from "vscode";
import { toAgentError } from "../model/errors.js";
import type { CoreHost } from "./coreHost.js";
import type { Node } from "./nodes.js";
import type { Present } from "./present.js";

/** Takes files that are dropped on the tree, from the editor or from outside of it; drags nothing. */
export function createDropController(
  host: CoreHost,
  present: Present,
): vscode.TreeDragAndDropController<Node> {
  const drop = async (node: Node | undefined, data: vscode.DataTransfer): Promise<void> => {
    try {
      await (await import("./dropFiles.js")).dropFiles(host, node, data);
    } catch (thrown) {
      const error = toAgentError(thrown);
      // Without a way to try it again: the editor forgets what was dropped.
      if (error.code !== "CANCELLED") present(error);
    }
  };
  return { dragMimeTypes: [], dropMimeTypes: ["text/uri-list", "files"], handleDrop: drop };
}
