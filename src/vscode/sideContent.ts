import * as vscode from "vscode";
import { messageOf } from "../model/errors.js";
import { renderBytes } from "../model/size.js";
import { ComparedReader } from "./comparedReader.js";
import type { CoreHost } from "./coreHost.js";

const { t } = vscode.l10n;

/** Serves the text of one side of a file, as its address says where it is. One that cannot be shown says why. */
export function createSideContent(host: CoreHost): (uri: vscode.Uri) => Promise<string> {
  const reader = new ComparedReader(host);

  const compared = async (query: URLSearchParams, path: string): Promise<string> => {
    const value = (name: string) => query.get(name) ?? "";
    const [kind, size, engine] = [value("kind"), renderBytes(Number(value("size"))), value("engine")];
    if (kind === "symlink") return value("target");
    if (kind === "other") return t("Neither a file nor a folder");
    if (kind === "binary") return t("Binary file, {0}, SHA-256 {1}", size, value("id"));
    if (kind === "large") return t("Large file, {0}, SHA-256 {1}", size, value("id"));
    const snapshot = query.get("snapshot");
    const source = snapshot === null ? { agent: value("agent"), engine } : { snapshot, engine };
    const found = await reader.read(source, path);
    if ("problem" in found) throw found.problem;
    return found.content.toString("utf8");
  };

  const changed = async (query: URLSearchParams): Promise<string> => {
    const [agent, id, kind] = ["agent", "id", "kind"].map((name) => query.get(name) ?? "");
    if (!agent || !id) return "";
    if (kind === "binary") return t("Binary file {0}", id);
    if (kind === "submodule") return t("Submodule at commit {0}", id);
    return (await (await host.core()).readBlob(agent, { id })).toString("utf8");
  };

  return async (uri) => {
    const query = new URLSearchParams(uri.query);
    const path = query.get("path");
    try {
      return await (path === null ? changed(query) : compared(query, path));
    } catch (error) {
      // One file that cannot be shown must not close the others.
      return t("This file cannot be shown: {0}", messageOf(error));
    }
  };
}
