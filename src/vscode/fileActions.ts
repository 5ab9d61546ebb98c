import * as vscode from "vscode";
import { posix } from "node:path";
import type { Core } from "../app/core.js";
import { cancelled, isAgentError } from "../model/errors.js";
import type { FileEntry } from "../model/fileEntry.js";
import type { Transferred } from "../agents/transfer.js";
import type { AgentRow } from "../store/rows.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { agentUri, type FileTarget } from "./fileUri.js";
import { nameOf } from "./lifecycleCommands.js";
import { targetsOf } from "./pickAgent.js";
import { pickAgentPath } from "./pickAgentPath.js";
import { confirm, note } from "./present.js";
import type { FileCommandName } from "./fileCommands.js";
import type { Command, CommandTable } from "./register.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

/** True for an agent whose container is there. */
export const hasFiles = (row: AgentRow): boolean =>
  row.failure === undefined && row.agent.containerId !== "" && row.agent.state !== "creating";

/** What is under $1, a line of output each ended by NUL; other file systems and what git and npm keep are left out. */
const findFiles = `find "$1" -xdev \\( -name .git -o -name node_modules \\) -prune -o -type f -print0 2>/dev/null | head -c 4000000`;

/** The commands on files: a program gives paths, and gets JSON; a user chooses among the agent's files. */
export function fileActions(host: CoreHost): Pick<CommandTable, FileCommandName> {
  const choose = async (call: Call, title: string) => {
    const none = t("There is no agent with files.");
    const [target] = await targetsOf(call, host, { title, fits: hasFiles, none });
    const core = await host.core();
    const agent = await core.get(target);
    return { core, target, name: nameOf(host, target), agent };
  };

  /** A verb for programs alone. */
  const verb = (
    title: string,
    run: (core: Core, target: string, options: unknown) => Promise<unknown>,
  ): Command => ({
    takesTarget: true,
    forPrograms: true,
    run: async (call) => {
      const { core, target } = await choose(call, title);
      return run(core, target, call.options ?? {});
    },
  });

  const show = async (agent: FileTarget, path: string) => {
    await vscode.commands.executeCommand("vscode.open", agentUri(agent, path));
    return null;
  };

  const openFile: Command = {
    takesTarget: true,
    run: async (call) => {
      const { core, target, name, agent } = await choose(call, t("Open File in Agent"));
      const asked = call.options?.path;
      const path =
        typeof asked === "string"
          ? asked
          : await pickAgentPath(core, target, {
              title: t("Open File in {0}", name),
              start: agent.workspaceFolder,
              wanted: "file",
            });
      return show(agent, path);
    },
  };

  const goToFile: Command = {
    takesTarget: true,
    run: async (call) => {
      const { core, target, name, agent } = await choose(call, t("Go to File in Agent"));
      const folder = agent.workspaceFolder;
      const found = await withStages(t("Looking for files in {0}", name), (options) =>
        core.exec(target, { command: ["sh", "-c", findFiles, "sh", folder] }, options),
      );
      const paths = found.stdout.split("\0").slice(0, -1).sort();
      const items = paths.map((path) => ({
        label: posix.basename(path).replaceAll("$(", "$\u200b("),
        description: posix.relative(folder, posix.dirname(path)).replaceAll("$(", "$\u200b("),
        path,
      }));
      const picked = await vscode.window.showQuickPick(items, {
        title: t("Go to File in {0}", name),
        placeHolder: t("Type a part of its name or folder"),
        matchOnDescription: true,
      });
      if (!picked) throw cancelled();
      return show(agent, picked.path);
    },
  };

  const addFolder: Command = {
    takesTarget: true,
    run: async (call) => {
      const { agent } = await choose(call, t("Add Agent's Folder to Workspace"));
      const uri = agentUri(agent, agent.workspaceFolder);
      const there = vscode.workspace.workspaceFolders ?? [];
      if (!there.some((folder) => folder.uri.toString() === uri.toString())) {
        const label = `${posix.basename(agent.workspaceFolder)} (${agent.name})`;
        vscode.workspace.updateWorkspaceFolders(there.length, 0, { uri, name: label });
      }
      return { uri: uri.toString() };
    },
  };

  const upload: Command = {
    takesTarget: true,
    run: async (call) => {
      const { core, target, name, agent } = await choose(call, t("Upload to Agent"));
      if (call.by === "program") return core.upload(target, call.options);
      const chosen = await vscode.window.showOpenDialog({
        title: t("Upload to {0}", name),
        openLabel: t("Upload"),
        canSelectFiles: true,
        canSelectFolders: true,
        canSelectMany: true,
        defaultUri: vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file")?.uri,
      });
      if (!chosen?.length) throw cancelled();
      const title = t("Upload to a Folder of {0}", name);
      const folder = await pickAgentPath(core, target, {
        title,
        start: agent.workspaceFolder,
        wanted: "folder",
      });
      const files = chosen.map(({ fsPath, path }): Upload => ({ from: fsPath, name: posix.basename(path) }));
      return uploadAll(core, target, name, files, folder);
    },
  };

  const download: Command = {
    takesTarget: true,
    run: async (call) => {
      const { core, target, name, agent } = await choose(call, t("Download from Agent"));
      if (call.by === "program") return core.download(target, call.options);
      const title = t("Download from {0}", name);
      const from = await pickAgentPath(core, target, { title, start: agent.workspaceFolder, wanted: "any" });
      const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file")?.uri;
      const to = await vscode.window.showSaveDialog({
        title,
        saveLabel: t("Download"),
        defaultUri: folder && vscode.Uri.joinPath(folder, posix.basename(from) || name),
      });
      if (to?.scheme !== "file") throw cancelled();
      // The dialog has asked already whether a file is to be replaced.
      const done = await withStages(t("Downloading from {0}", name), (options) =>
        core.download(target, { from, to: to.fsPath, overwrite: true }, options),
      );
      noteTransfer(done, t("Downloaded {0}", posix.basename(from)));
      return done;
    },
  };

  return {
    listFiles: verb(t("List Files"), (core, target, options) => core.listFiles(target, options)),
    readFile: verb(t("Read File"), (core, target, options) => core.readFile(target, options)),
    writeFile: verb(t("Write File"), (core, target, options) => core.writeFile(target, options)),
    removeFile: verb(t("Remove File"), (core, target, options) => core.removeFile(target, options)),
    makeDirectory: verb(t("Make Folder"), (core, target, options) => core.makeDirectory(target, options)),
    openFile,
    goToFile,
    addFolder,
    upload,
    download,
  };
}

/** A file or folder of this machine, and what it is called in the agent. */
export interface Upload {
  from: string;
  name: string;
}

/** The names of what is in a folder of an agent; of one that is made by the upload, none. */
async function namesIn(core: Core, target: string, path: string): Promise<ReadonlySet<string>> {
  try {
    return new Set((await core.listFiles(target, { path })).map((entry: FileEntry) => entry.name));
  } catch (error) {
    if (!isAgentError(error, "NOT_FOUND")) throw error;
    return new Set();
  }
}

/** Brings local files and folders into a folder of an agent; asks once before any is replaced. */
export async function uploadAll(
  core: Core,
  target: string,
  name: string,
  files: readonly Upload[],
  folder: string,
): Promise<Transferred[]> {
  const there = await namesIn(core, target, folder);
  const taken = files.filter((file) => there.has(file.name)).map((file) => file.name);
  if (taken.length > 0) {
    const question = t("Replace what is in {0} already?", folder);
    if (!(await confirm(question, taken.join(", "), t("Replace")))) throw cancelled();
  }
  return withStages(t("Uploading to {0}", name), async (options) => {
    const done: Transferred[] = [];
    for (const file of files) {
      const to = posix.join(folder, file.name);
      done.push(await core.upload(target, { from: file.from, to, overwrite: there.has(file.name) }, options));
    }
    const [first] = done;
    if (first) noteTransfer(first, t("Uploaded {0}", files.map((file) => file.name).join(", ")));
    return done;
  });
}

function noteTransfer({ skipped }: Transferred, text: string): void {
  note(skipped.length === 0 ? text : `${text} (${t("{0} left out", skipped.length)})`);
}
