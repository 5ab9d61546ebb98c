import * as vscode from "vscode";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { toAgentError, type AgentError } from "../model/errors.js";
import type { FileEntry, FileKind } from "../model/fileEntry.js";
import type { CoreHost } from "./coreHost.js";
import { FolderCache } from "./folderCache.js";

/** More is not put through the editor; it is to be downloaded. */
const largestBytes = 64 * 2 ** 20;

const types: Readonly<Record<FileKind, vscode.FileType>> = {
  file: vscode.FileType.File,
  folder: vscode.FileType.Directory,
  symlink: vscode.FileType.SymbolicLink,
  other: vscode.FileType.Unknown,
};

function typeOf({ kind, targetKind }: FileEntry): vscode.FileType {
  return targetKind === undefined ? types[kind] : types[kind] | types[targetKind];
}

/** Our error as the editor understands it, with our sentence. */
function fileSystemError(error: AgentError, uri: vscode.Uri): Error {
  const text = [error.message, error.remedy].filter(Boolean).join(" ");
  switch (error.code) {
    case "NOT_FOUND":
      // Of a file the editor has words of its own; that the agent is gone, or its engine away, is ours to say.
      return error.field === "target"
        ? vscode.FileSystemError.Unavailable(text)
        : vscode.FileSystemError.FileNotFound(uri);
    case "FORBIDDEN":
      return vscode.FileSystemError.NoPermissions(text);
    case "FILE_EXISTS":
      return vscode.FileSystemError.FileExists(uri);
    case "IS_FOLDER":
      return vscode.FileSystemError.FileIsADirectory(uri);
    case "NOT_FOLDER":
      return vscode.FileSystemError.FileNotADirectory(uri);
    default:
      return vscode.FileSystemError.Unavailable(text);
  }
}

/**
 * The files of every agent for the editor, running or not. The editor asks for the same folder many times in a row:
 * one listing answers all that come until something is written here or the agent changes its state. Nothing is polled.
 */
class AgentFileSystem implements vscode.FileSystemProvider {
  private readonly changed = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changed.event;
  private readonly folders = new FolderCache<FileEntry[]>(() => Date.now());

  constructor(private readonly host: CoreHost) {}

  /** The agents are in another state: what was read may not be so any more. */
  forget(): void {
    this.folders.clear();
  }

  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const entry = await this.asked(uri, async (core, target, path) => {
      if (path === "/") return core.statFile(target, { path });
      const name = posix.basename(path);
      const listed = await this.list(uri.with({ path: posix.dirname(path) })).catch(() => undefined);
      const known = listed?.find((one) => one.name === name);
      // A folder that may be entered but not read, a symlink, or a name that is not there.
      if (!known || known.kind === "symlink")
        return core.statFile(target, { path, follow: known !== undefined });
      return known;
    });
    return {
      type: typeOf(entry),
      ctime: 0,
      mtime: entry.modifiedMs,
      size: entry.sizeBytes,
    };
  }

  async readDirectory(uri: vscode.Uri): Promise<[string, vscode.FileType][]> {
    const entries = await this.asked(uri, () => this.list(uri));
    return entries.map((entry) => [entry.name, typeOf(entry)]);
  }

  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    return this.asked(uri, async (core, target, path) => {
      const { content } = await core.readFile(target, { path, encoding: "base64" });
      return Buffer.from(content, "base64");
    });
  }

  async writeFile(
    uri: vscode.Uri,
    content: Uint8Array,
    { create, overwrite }: { create: boolean; overwrite: boolean },
  ): Promise<void> {
    if (content.byteLength > largestBytes) {
      throw vscode.FileSystemError.Unavailable(
        vscode.l10n.t("The file is too large for the editor. Upload it."),
      );
    }
    const open = () => Readable.from([Buffer.from(content)], { objectMode: false });
    const isNew = await this.asked(uri, async (core, target, path) => {
      const there = await core.statFile(target, { path }).then(
        () => true,
        (error: unknown) => {
          if (toAgentError(error).code === "NOT_FOUND") return false;
          throw error;
        },
      );
      if (!there && !create) throw vscode.FileSystemError.FileNotFound(uri);
      await core.writeFile(
        target,
        { path, overwrite: overwrite || !create },
        { from: { sizeBytes: content.byteLength, open } },
      );
      return !there;
    });
    this.wrote(uri, isNew ? vscode.FileChangeType.Created : vscode.FileChangeType.Changed);
  }

  async createDirectory(uri: vscode.Uri): Promise<void> {
    await this.asked(uri, (core, target, path) => core.makeDirectory(target, { path }));
    this.wrote(uri, vscode.FileChangeType.Created);
  }

  async delete(uri: vscode.Uri, { recursive }: { recursive: boolean }): Promise<void> {
    await this.asked(uri, (core, target, path) => core.removeFile(target, { path, recursive }));
    this.wrote(uri, vscode.FileChangeType.Deleted);
  }

  async rename(from: vscode.Uri, to: vscode.Uri, { overwrite }: { overwrite: boolean }): Promise<void> {
    await this.between(from, to, (core, target, path) =>
      core.moveFile(target, { path, to: to.path, overwrite }),
    );
    this.wrote(from, vscode.FileChangeType.Deleted);
    this.wrote(to, vscode.FileChangeType.Created);
  }

  async copy(from: vscode.Uri, to: vscode.Uri, { overwrite }: { overwrite: boolean }): Promise<void> {
    await this.between(from, to, (core, target, path) =>
      core.copyFile(target, { path, to: to.path, overwrite }),
    );
    this.wrote(to, vscode.FileChangeType.Created);
  }

  private async between(from: vscode.Uri, to: vscode.Uri, work: Parameters<typeof this.asked<unknown>>[1]) {
    // Between two agents the editor reads and writes by itself.
    if (from.authority !== to.authority) {
      throw vscode.FileSystemError.Unavailable(vscode.l10n.t("The files are in different agents."));
    }
    await this.asked(from, work);
  }

  private list(uri: vscode.Uri): Promise<FileEntry[]> {
    return this.folders.get(uri.toString(), async () => {
      const core = await this.host.core();
      return core.listFiles(uri.authority, { path: uri.path });
    });
  }

  private async asked<T>(
    uri: vscode.Uri,
    work: (core: Awaited<ReturnType<CoreHost["core"]>>, target: string, path: string) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(await this.host.core(), uri.authority, uri.path);
    } catch (error) {
      if (error instanceof vscode.FileSystemError) throw error;
      throw fileSystemError(toAgentError(error), uri);
    }
  }

  private wrote(uri: vscode.Uri, type: vscode.FileChangeType): void {
    this.folders.clear();
    this.changed.fire([{ type, uri }]);
  }
}

/** The provider, which forgets what it has read whenever an agent changes. */
export function createAgentFileSystem(host: CoreHost): vscode.FileSystemProvider & vscode.Disposable {
  const provider = new AgentFileSystem(host);
  const listening = host.onDidChange(() => provider.forget());
  return Object.assign(provider, { dispose: () => void listening.dispose() });
}
