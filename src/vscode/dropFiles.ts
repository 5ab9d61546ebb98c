import * as vscode from "vscode";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { AgentError } from "../model/errors.js";
import { targetOf } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { hasFiles, uploadAll, type Upload } from "./fileActions.js";
import type { Node } from "./nodes.js";
import { readDrop, type DroppedBytes } from "./readDrop.js";

const { t } = vscode.l10n;

const refusal = (message: string, remedy: string) => new AgentError("UNSUPPORTED", message, { remedy });

/** Uploads what was dropped on an agent's row to its workspace folder. `UNSUPPORTED` for other rows and other things. */
export async function dropFiles(
  host: CoreHost,
  node: Node | undefined,
  data: Iterable<[string, vscode.DataTransferItem]>,
): Promise<void> {
  const { paths, bytes, elsewhere } = await readDrop(data);
  if (node?.kind !== "agent")
    throw refusal(t("Files can only be dropped on an agent."), t("Drop them on the row of an agent."));
  const { agent } = node.row;
  if (!hasFiles(node.row))
    throw refusal(t("{0} has no files.", agent.name), t("Drop them on an agent whose container is there."));
  if (elsewhere.length > 0)
    throw refusal(
      t("Only files of this machine can be dropped, and this is none: {0}", elsewhere.join(", ")),
      t("Download it first."),
    );
  if (paths.length + bytes.length === 0)
    throw refusal(t("No file was dropped."), t("Drop files or folders of this machine."));
  const core = await host.core();
  const upload = (files: readonly Upload[]) =>
    uploadAll(core, targetOf(node.row), agent.name, files, agent.workspaceFolder);
  const local = paths.map((from): Upload => ({ from, name: basename(from) }));
  if (bytes.length === 0) await upload(local);
  else await withCopies(bytes, (copies) => upload([...local, ...copies]));
}

/** What has no path is written to a folder of this user's alone while `work` uses it. */
async function withCopies(
  bytes: readonly DroppedBytes[],
  work: (files: readonly Upload[]) => Promise<unknown>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "agent-containers-drop-"));
  try {
    const files: Upload[] = [];
    for (const [index, { name, data }] of bytes.entries()) {
      const from = join(folder, String(index));
      await writeFile(from, await data(), { mode: 0o644 });
      files.push({ from, name });
    }
    await work(files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
