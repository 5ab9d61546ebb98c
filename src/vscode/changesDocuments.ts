import * as vscode from "vscode";
import type { Disposable } from "../util/dispose.js";
import type { CoreHost } from "./coreHost.js";
import { changesScheme } from "./ids.js";

/** Serves the sides of changed and of compared files, each read when it is first shown. */
export function createChangesDocuments(host: CoreHost): Disposable {
  const load = async () => (await import("./sideContent.js")).createSideContent(host);
  let content: ReturnType<typeof load> | undefined;
  return vscode.workspace.registerTextDocumentContentProvider(changesScheme, {
    provideTextDocumentContent: async (uri) => (await (content ??= load()))(uri),
  });
}
