import * as vscode from "vscode";
import type { Disposable } from "../util/dispose.js";

/** The channel with the output of builds, made with the first line of one. Lines begin with their agent's name. */
export function createBuildLog(): Disposable & { append: (name: string, line: string) => void } {
  let channel: vscode.OutputChannel | undefined;
  return {
    append(name, line) {
      channel ??= vscode.window.createOutputChannel(vscode.l10n.t("Agent Containers: Builds"));
      channel.appendLine(`${name} | ${line}`);
    },
    dispose() {
      channel?.dispose();
    },
  };
}
