import * as vscode from "vscode";
import { posix } from "node:path";
import type { Core } from "../app/core.js";
import { cancelled, toAgentError } from "../model/errors.js";
import type { FileEntry } from "../model/fileEntry.js";
import { renderBytes } from "../model/size.js";
import { plainText } from "../util/plainText.js";

const { t } = vscode.l10n;

interface PathItem extends vscode.QuickPickItem {
  path: string;
  /** Takes the path as the answer; anything else is looked into. */
  take: boolean;
}

/** In a quick pick `$(name)` would become an icon. */
const shown = (text: string) => plainText(text).replaceAll("$(", "$\u200b(");

function itemOf(folder: string, entry: FileEntry, wanted: "file" | "folder" | "any"): PathItem | undefined {
  const isFolder = (entry.targetKind ?? entry.kind) === "folder";
  if (!isFolder && wanted === "folder") return undefined;
  const icon = isFolder ? "folder" : entry.kind === "symlink" ? "file-symlink-file" : "file";
  const leads = entry.linkTarget === undefined ? "" : `→ ${entry.linkTarget}`;
  return {
    label: shown(entry.name),
    description: shown(leads || (isFolder ? "" : renderBytes(entry.sizeBytes))),
    iconPath: new vscode.ThemeIcon(icon),
    path: posix.join(folder, entry.name),
    take: !isFolder,
  };
}

function itemsOf(
  folder: string,
  entries: readonly FileEntry[],
  wanted: "file" | "folder" | "any",
): PathItem[] {
  const here = { label: t("$(check) This Folder"), description: shown(folder), path: folder, take: true };
  const up = {
    label: "..",
    iconPath: new vscode.ThemeIcon("arrow-up"),
    path: posix.dirname(folder),
    take: false,
  };
  return [
    ...(wanted === "file" ? [] : [here]),
    ...(folder === "/" ? [] : [up]),
    ...entries.flatMap((entry) => itemOf(folder, entry, wanted) ?? []),
  ];
}

/**
 * Lets the user walk through an agent's folders to a file, a folder, or either. Typing filters; an absolute path that
 * is typed is taken as it is. `CANCELLED` when it is closed.
 */
export function pickAgentPath(
  core: Core,
  target: string,
  question: { title: string; start: string; wanted: "file" | "folder" | "any" },
): Promise<string> {
  const pick = vscode.window.createQuickPick<PathItem>();
  const closed = new AbortController();
  pick.title = question.title;
  pick.ignoreFocusOut = true;
  return new Promise<string>((resolve, reject) => {
    let latest = 0;
    const go = async (folder: string) => {
      const mine = (latest += 1);
      pick.busy = true;
      pick.value = "";
      pick.placeholder = shown(folder);
      try {
        const entries = await core.listFiles(target, { path: folder }, { signal: closed.signal });
        if (mine === latest) pick.items = itemsOf(folder, entries, question.wanted);
      } catch (error) {
        if (closed.signal.aborted || mine !== latest) return;
        const { message } = toAgentError(error);
        const up = itemsOf(folder, [], "file");
        pick.items = [
          { label: `$(error) ${shown(message)}`, path: folder, take: false, alwaysShow: true },
          ...up,
        ];
      } finally {
        if (mine === latest) pick.busy = false;
      }
    };
    pick.onDidAccept(() => {
      const [item] = pick.activeItems;
      if (pick.value.startsWith("/")) resolve(pick.value);
      else if (item?.take) resolve(item.path);
      else if (item) return void go(item.path);
      else return;
      pick.hide();
    });
    // Comes after an answer as well, where it changes nothing any more.
    pick.onDidHide(() => {
      closed.abort();
      pick.dispose();
      reject(cancelled());
    });
    pick.show();
    void go(question.start);
  });
}
