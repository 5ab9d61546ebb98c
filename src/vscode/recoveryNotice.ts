import * as vscode from "vscode";
import type { CoreHost } from "./coreHost.js";
import { notify } from "./present.js";

const { t } = vscode.l10n;

/**
 * Says once, in one notification, what was done about verbs that a crash had cut off; a warning where something is left
 * for the user to decide. `showLog` opens the log, which has it too.
 */
export function showRecoveries(host: CoreHost, showLog: () => void): vscode.Disposable {
  return host.onDidRecover(({ engine, cleaned, decide }) => {
    const title = t("Agent Containers was interrupted on {0}.", engine);
    const text = [title, ...cleaned, ...decide].join(" ");
    notify(decide.length > 0 ? "warning" : "information", text, [{ label: t("Show Log"), run: showLog }]);
  });
}
