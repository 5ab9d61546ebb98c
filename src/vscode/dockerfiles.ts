import * as vscode from "vscode";

/** A Dockerfile of an open folder. */
export interface FoundDockerfile {
  /** How it is offered: `.devcontainer/Dockerfile`, with the folder's name where several are open. */
  label: string;
  path: string;
}

/** At the top of a folder, and where development containers have theirs. */
const places = "{Dockerfile,*.Dockerfile,*.dockerfile,Dockerfile.*,.devcontainer/Dockerfile}";
const most = 20;

/** Dockerfiles of the open folders on this machine; none where they are not trusted, because a build runs them. */
export async function findDockerfiles(): Promise<readonly FoundDockerfile[]> {
  if (!vscode.workspace.isTrusted) return [];
  const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file");
  const found = await Promise.all(
    folders.map(async (folder) => {
      // Null: what the user hides from the explorer may be built all the same.
      const uris = await vscode.workspace.findFiles(new vscode.RelativePattern(folder, places), null, most);
      return uris.filter(({ path }) => !path.endsWith(".dockerignore"));
    }),
  );
  return found
    .flat()
    .map(({ fsPath }) => ({ label: vscode.workspace.asRelativePath(fsPath), path: fsPath }))
    .sort((a, b) => a.label.localeCompare(b.label));
}
