import * as vscode from "vscode";
import type { ChangedFile } from "../model/changes.js";
import { changesScheme } from "./ids.js";

/** One side of a changed file. A blob never changes, so that its document does not either. */
export function sideUri(
  agentId: string,
  path: string,
  id: string,
  kind: "text" | "binary" | "submodule",
): vscode.Uri {
  const query = new URLSearchParams({ agent: agentId, id, kind }).toString();
  return vscode.Uri.from({ scheme: changesScheme, path: `/${path}`, query });
}

/** Both sides of a file as the multi-file diff takes them; one that is absent is undefined. */
export function sidesOf(
  agentId: string,
  file: ChangedFile,
): [label: vscode.Uri, left: vscode.Uri | undefined, right: vscode.Uri | undefined] {
  const side = (path: string, id: string | undefined, mode: string | undefined) =>
    id === undefined
      ? undefined
      : sideUri(agentId, path, id, mode === "160000" ? "submodule" : file.binary ? "binary" : "text");
  const left = side(file.oldPath ?? file.path, file.oldId, file.oldMode);
  const right = side(file.path, file.newId, file.newMode);
  return [vscode.Uri.from({ scheme: changesScheme, path: `/${file.path}` }), left, right];
}
