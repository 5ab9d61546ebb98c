import * as vscode from "vscode";
import type { ChangedFile } from "../model/changes.js";
import { messageOf } from "../model/errors.js";
import type { Disposable } from "../util/dispose.js";
import type { CoreHost } from "./coreHost.js";
import { changesScheme } from "./ids.js";

const { t } = vscode.l10n;

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

/** Serves the sides of changed files, each read from the agent when it is first shown. */
export function createChangesDocuments(host: CoreHost): Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(changesScheme, {
    async provideTextDocumentContent(uri) {
      const query = new URLSearchParams(uri.query);
      const [agent, id, kind] = ["agent", "id", "kind"].map((name) => query.get(name) ?? "");
      if (!agent || !id) return "";
      if (kind === "binary") return t("Binary file {0}", id);
      if (kind === "submodule") return t("Submodule at commit {0}", id);
      try {
        const content = await (await host.core()).readBlob(agent, { id });
        return content.toString("utf8");
      } catch (error) {
        // One file that cannot be shown must not close the others.
        return t("This file cannot be shown: {0}", messageOf(error));
      }
    },
  });
}
