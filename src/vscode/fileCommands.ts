import * as vscode from "vscode";
import type { CoreHost } from "./coreHost.js";
import { fileScheme } from "./ids.js";
import type { Call } from "./call.js";
import type { CommandTable } from "./register.js";

export type FileCommandName =
  | "listFiles"
  | "readFile"
  | "writeFile"
  | "removeFile"
  | "makeDirectory"
  | "openFile"
  | "goToFile"
  | "addFolder"
  | "upload"
  | "download";

/** The commands on files. Their code is loaded with the first call. */
export function fileCommands(host: CoreHost): Pick<CommandTable, FileCommandName> {
  const lazy = (name: FileCommandName, forPrograms: boolean) => ({
    takesTarget: true,
    forPrograms,
    run: async (call: Call) => (await import("./fileActions.js")).fileActions(host)[name].run(call),
  });
  const verb = (name: FileCommandName) => lazy(name, true);
  const action = (name: FileCommandName) => lazy(name, false);
  return {
    listFiles: verb("listFiles"),
    readFile: verb("readFile"),
    writeFile: verb("writeFile"),
    removeFile: verb("removeFile"),
    makeDirectory: verb("makeDirectory"),
    openFile: action("openFile"),
    goToFile: action("goToFile"),
    addFolder: action("addFolder"),
    upload: action("upload"),
    download: action("download"),
  };
}

/** Serves `agent-container:`. The code is loaded, and the engine asked, when the editor first asks. */
export function registerAgentFiles(host: CoreHost): vscode.Disposable {
  const changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  let loading: Promise<vscode.FileSystemProvider> | undefined;
  const listeners: vscode.Disposable[] = [];
  const load = async () => {
    const { createAgentFileSystem } = await import("./agentFileSystem.js");
    const provider = createAgentFileSystem(host);
    listeners.push(
      provider.onDidChangeFile((events) => changed.fire(events)),
      provider,
    );
    return provider;
  };
  const files = () => (loading ??= load());
  const provider: vscode.FileSystemProvider = {
    onDidChangeFile: changed.event,
    // What is written from here is told; nothing polls an agent.
    watch: () => new vscode.Disposable(() => undefined),
    stat: async (uri) => (await files()).stat(uri),
    readDirectory: async (uri) => (await files()).readDirectory(uri),
    readFile: async (uri) => (await files()).readFile(uri),
    createDirectory: async (uri) => (await files()).createDirectory(uri),
    writeFile: async (uri, content, how) => (await files()).writeFile(uri, content, how),
    delete: async (uri, how) => (await files()).delete(uri, how),
    rename: async (from, to, how) => (await files()).rename(from, to, how),
    copy: async (from, to, how) => (await files()).copy?.(from, to, how),
  };
  return vscode.Disposable.from(
    vscode.workspace.registerFileSystemProvider(fileScheme, provider, { isCaseSensitive: true }),
    new vscode.Disposable(() => void vscode.Disposable.from(...listeners).dispose()),
    changed,
  );
}
