import * as vscode from "vscode";
import type { VerbOptions } from "../app/core.js";
import { plainMessage } from "./plainTitle.js";

/**
 * Does work behind a notification that shows its stages and can cancel it. Settles as the work does; cancelled work
 * rejects with the signal's reason, which everybody above takes for a third outcome and not for an error.
 */
export async function withStages<T>(title: string, work: (options: VerbOptions) => Promise<T>): Promise<T> {
  const location = vscode.ProgressLocation.Notification;
  return vscode.window.withProgress(
    { location, title: plainMessage(title), cancellable: true },
    async (progress, token) => {
      const controller = new AbortController();
      const listening = token.onCancellationRequested(() => controller.abort());
      try {
        return await work({
          signal: controller.signal,
          onProgress: ({ stage, detail }) =>
            progress.report({ message: plainMessage([stage, detail].filter(Boolean).join(": ")) }),
        });
      } finally {
        listening.dispose();
      }
    },
  );
}
