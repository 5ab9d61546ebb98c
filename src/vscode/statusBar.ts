import * as vscode from "vscode";
import type { CoreHost } from "./coreHost.js";
import { commandIds } from "./ids.js";
import { statusText } from "./statusText.js";

/** Shows health and counts in one status bar item, which opens the details. Changes nothing. */
export function createStatusBar(host: CoreHost): vscode.Disposable {
  const item = vscode.window.createStatusBarItem(
    "agentContainers.status",
    vscode.StatusBarAlignment.Left,
    10,
  );
  item.name = vscode.l10n.t("Agent Containers");
  item.command = commandIds.showHealth;
  const show = () => {
    const status = statusText(host.state, vscode.l10n.t);
    item.text = status.text;
    item.tooltip = new vscode.MarkdownString(status.tooltip);
    item.accessibilityInformation = { label: status.accessibilityLabel };
    item.backgroundColor = status.warning
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    item.show();
  };
  show();
  return vscode.Disposable.from(host.onDidChange(show), item);
}
