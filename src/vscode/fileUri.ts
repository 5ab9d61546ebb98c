import * as vscode from "vscode";
import { fileScheme } from "./ids.js";

/** What an address of a file is made of. */
export interface FileTarget {
  id: string;
  containerId: string;
}

/**
 * The address of a file in an agent: `agent-container://<agent id>/<path>`. The editor writes authorities in lower
 * case; another program's id that would not survive that gives way to the container's, which is hexadecimal.
 */
export function agentUri({ id, containerId }: FileTarget, path: string): vscode.Uri {
  const authority = /^[a-z0-9-]+$/.test(id) ? id : containerId;
  return vscode.Uri.from({ scheme: fileScheme, authority, path });
}
