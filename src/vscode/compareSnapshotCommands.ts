import * as vscode from "vscode";
import type { SnapshotComparison } from "../model/comparison.js";
import { AgentError, cancelled } from "../model/errors.js";
import type { Snapshot } from "../model/snapshot.js";
import { plainText } from "../util/plainText.js";
import type { Call } from "./call.js";
import { comparedSides, type SideSource } from "./comparedSides.js";
import type { CoreHost } from "./coreHost.js";
import type { ShowDocument } from "./documents.js";
import { filesByFolder } from "./manyFiles.js";
import { pickSnapshot, snapshotChoice } from "./pickSnapshot.js";
import { plainTitle } from "./plainTitle.js";
import { note, notify, offer } from "./present.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";
import { excludedText } from "./snapshotItem.js";

const { t } = vscode.l10n;

/** More files than this are told and not opened: the editor loads every one of them. */
const mostFiles = 2000;

/** What differs, in the editor's own multi-file diff. */
async function openComparison(
  comparison: SnapshotComparison,
  engine: string,
  show: ShowDocument,
): Promise<void> {
  const { snapshot, with: other, agentId, agentName, files, folders, skipped } = comparison;
  const right = other?.name ?? t("{0} now", agentName);
  const title = plainTitle(`${snapshot.name} ↔ ${right}`);
  const left = skipped.length > 0 ? t("Not compared: {0}.", excludedText(skipped, t)) : "";
  if (files.length === 0) {
    const same = t("No file differs between {0} and {1}.", snapshot.name, right);
    if (left) notify("information", `${same} ${left}`, []);
    else note(same);
    return;
  }
  if (files.length > mostFiles) {
    const list = files.map(({ path, status }) => `${status}\t${plainText(path)}\n`).join("");
    const detail = [filesByFolder(files, folders, t), left].filter(Boolean).join("\n\n");
    await offer(t("{0} files differ: too many to open side by side.", files.length), detail, [
      { label: t("Show List"), run: () => show(`${title}.txt`, list) },
    ]);
    return;
  }
  const before: SideSource = { snapshot: snapshot.id, engine };
  const after: SideSource = other ? { snapshot: other.id, engine } : { agent: agentId, engine };
  const resources = files.map((file) => comparedSides(before, after, file));
  await vscode.commands.executeCommand("vscode.changes", title, resources);
  if (left) notify("information", left, []);
}

async function compare(
  host: CoreHost,
  show: ShowDocument,
  snapshot: Snapshot,
  other?: Snapshot,
): Promise<SnapshotComparison> {
  const core = await host.core();
  const { engine } = snapshot;
  const comparison = await withStages(t("Comparing {0}", snapshot.name), (options) =>
    core.compareSnapshot(
      { snapshot: snapshot.image, ...(other && { with: other.image }) },
      { ...options, engine },
    ),
  );
  await openComparison(comparison, engine, show);
  return comparison;
}

/** What a program asks for: it names the snapshot as the target or in the options. */
async function forProgram(host: CoreHost, call: Call): Promise<SnapshotComparison> {
  const clicked = call.snapshots[0]?.snapshot.image;
  const named = call.target ?? clicked;
  return (await host.core()).compareSnapshot({
    ...(named !== undefined && { snapshot: named }),
    ...call.options,
  });
}

/** Shows which files of a snapshot's agent differ from it now. */
export function compareWithAgent(host: CoreHost, show: ShowDocument): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      if (call.by === "program") return forProgram(host, call);
      const snapshot =
        call.snapshots[0]?.snapshot ?? (await pickSnapshot(host, t("Compare Snapshot with Agent")));
      return compare(host, show, snapshot);
    },
  };
}

/** Asks for another snapshot of the same agent. */
async function pickOther(host: CoreHost, { id, agentId, name, engine }: Snapshot): Promise<Snapshot> {
  const all = await (await host.core()).listSnapshots({ agentId }, { engine });
  const items = all.filter((one) => one.id !== id).map((snapshot) => snapshotChoice(snapshot, false));
  if (items.length === 0) {
    throw new AgentError("SNAPSHOT_NOT_FOUND", t("There is no other snapshot of this agent."), {
      remedy: t("Take another one first, or compare with the agent."),
    });
  }
  const title = plainTitle(t("Compare {0}", name));
  const placeHolder = t("Choose the snapshot to compare it with");
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder });
  if (!picked) throw cancelled();
  return picked.value;
}

/** Shows which files differ between two snapshots of one agent, the older one on the left. */
export function compareSnapshots(host: CoreHost, show: ShowDocument): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      if (call.by === "program") return forProgram(host, call);
      const [one, another, ...more] = call.snapshots.map(({ snapshot }) => snapshot);
      if (more.length > 0 || (another && another.agentId !== one?.agentId)) {
        throw new AgentError("UNSUPPORTED", t("Only two snapshots of one agent can be compared."), {
          remedy: t("Select one or two of them."),
        });
      }
      const first = one ?? (await pickSnapshot(host, t("Compare Snapshots")));
      const second = another ?? (await pickOther(host, first));
      return first.createdAt <= second.createdAt
        ? compare(host, show, first, second)
        : compare(host, show, second, first);
    },
  };
}
