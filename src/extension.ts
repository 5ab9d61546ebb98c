import type * as vscode from "vscode";
import { activateRoom } from "./vscode/activate.js";
import type { AgentContainersApi } from "./vscode/api.js";

/** The door for VS Code. Everything is released through the context's subscriptions. */
export function activate(context: vscode.ExtensionContext): Promise<AgentContainersApi> {
  return activateRoom(context);
}
