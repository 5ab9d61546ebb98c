import { join } from "node:path";
import * as vscode from "vscode";
import { parseEndpoint } from "../model/endpoint.js";
import { AgentError } from "../model/errors.js";
import { hostArguments } from "./sshCommand.js";
import { surroundings } from "./surroundings.js";

const { t } = vscode.l10n;

/**
 * Shows the SSH key of an engine's host in a terminal, where OpenSSH itself asks whether it is the right one: nothing
 * is accepted in silence. Resolves when that terminal is closed, whatever the answer was. `UNSUPPORTED` for an engine
 * that is not reached by SSH.
 */
export async function acceptHostKey(engine: string): Promise<void> {
  const endpoint = parseEndpoint(engine);
  if (endpoint.kind !== "ssh") {
    throw new AgentError("UNSUPPORTED", t("{0} is not reached by SSH.", engine), { field: "engine" });
  }
  const { plainSsh, homeDir, platform } = surroundings();
  const terminal = vscode.window.createTerminal({
    name: t("SSH key of {0}", endpoint.host),
    iconPath: new vscode.ThemeIcon("key"),
    shellPath: platform === "win32" ? "ssh.exe" : "ssh",
    shellArgs: hostArguments(endpoint, plainSsh ? undefined : join(homeDir, ".ssh", "config")),
  });
  terminal.show();
  await new Promise<void>((resolve) => {
    const listening = vscode.window.onDidCloseTerminal((closed) => {
      if (closed !== terminal) return;
      listening.dispose();
      resolve();
    });
  });
}
