import * as vscode from "vscode";
import type { Disposable } from "../util/dispose.js";
import { plainTitle } from "./plainTitle.js";
import { documentScheme } from "./ids.js";

/** Shows text in a read-only editor. The same name again replaces it. */
export type ShowDocument = (name: string, text: string) => Promise<void>;

/** Serves the read-only documents that `show` opens; what is closed is forgotten. */
export function createDocuments(): Disposable & { show: ShowDocument } {
  const texts = new Map<string, string>();
  const changed = new vscode.EventEmitter<vscode.Uri>();
  const owned = vscode.Disposable.from(
    vscode.workspace.registerTextDocumentContentProvider(documentScheme, {
      onDidChange: changed.event,
      provideTextDocumentContent: (uri) => texts.get(uri.toString()) ?? "",
    }),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => texts.delete(uri.toString())),
    changed,
  );
  return {
    async show(name, text) {
      const uri = vscode.Uri.from({
        scheme: documentScheme,
        path: `/${plainTitle(name).replace(/[\\/]/g, "_")}`,
      });
      texts.set(uri.toString(), text);
      changed.fire(uri);
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document, { preview: true });
    },
    dispose() {
      owned.dispose();
    },
  };
}
