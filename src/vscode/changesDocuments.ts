import * as vscode from "vscode";
import type { Disposable } from "../util/dispose.js";
import type { CoreHost } from "./coreHost.js";
import { changesScheme } from "./ids.js";

/** Serves the sides of changed and of compared files, each read when it is first shown. */
export function createChangesDocuments(host: CoreHost): Disposable {
  return vscode.workspace.registerTextDocumentContentProvider(changesScheme, {
    provideTextDocumentContent: async (uri, cancelled) =>
      (await import("./sideContent.js")).sideContent(host, uri, cancelled),
  });
}
