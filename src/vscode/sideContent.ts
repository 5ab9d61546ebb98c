import * as vscode from "vscode";
import type { Core } from "../app/core.js";
import { messageOf } from "../model/errors.js";
import { renderBytes } from "../model/size.js";
import type { CoreHost } from "./coreHost.js";

const { t } = vscode.l10n;

/** As many at once are asked of an engine: an editor asks for all files of a diff in one go. */
const lanes = 4;
let busy = 0;
const waiting: (() => void)[] = [];

async function inLane<T>(work: () => Promise<T>): Promise<T> {
  if (busy < lanes) busy += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve));
  try {
    return await work();
  } finally {
    // The lane goes to who waits longest.
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  }
}

async function contentOf(core: Core, query: URLSearchParams, signal: AbortSignal): Promise<string> {
  const value = (name: string) => query.get(name) ?? "";
  const [agent, id, kind] = [value("agent"), value("id"), value("kind")];
  if (kind === "symlink") return value("target");
  if (kind === "other") return t("Neither a file nor a folder");
  if (kind === "binary" && query.has("size"))
    return t("Binary file, {0}, SHA-256 {1}", renderBytes(Number(value("size"))), id);
  if (kind === "binary") return t("Binary file {0}", id);
  if (kind === "submodule") return t("Submodule at commit {0}", id);
  const path = query.get("path");
  if (path === null) return agent && id ? (await core.readBlob(agent, { id }, { signal })).toString() : "";
  const snapshot = query.get("snapshot");
  const of = snapshot === null ? { agent } : { snapshot };
  const engine = query.get("engine") ?? undefined;
  return (await core.readCompared({ ...of, path }, { engine, signal })).toString();
}

/** The text of one side of a file, as its address says where it is. One that cannot be shown says why. */
export async function sideContent(
  host: CoreHost,
  uri: vscode.Uri,
  cancelled: vscode.CancellationToken,
): Promise<string> {
  const closed = new AbortController();
  const listening = cancelled.onCancellationRequested(() => closed.abort());
  try {
    const core = await host.core();
    return await inLane(() => contentOf(core, new URLSearchParams(uri.query), closed.signal));
  } catch (error) {
    // One file that cannot be shown must not close the others.
    return t("This file cannot be shown: {0}", messageOf(error));
  } finally {
    listening.dispose();
  }
}
