import * as vscode from "vscode";
import { projectIdOf } from "../model/agentName.js";

/** The projects of the folders that are open, named as agents made from them name theirs. */
export function openProjects(): string[] {
  return (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => projectIdOf(uri.path));
}
