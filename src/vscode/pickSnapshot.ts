import * as vscode from "vscode";
import { AgentError, cancelled } from "../model/errors.js";
import type { Snapshot } from "../model/snapshot.js";
import type { CoreHost } from "./coreHost.js";
import { excludedText, snapshotDescription } from "./snapshotItem.js";

const { t } = vscode.l10n;

/** In quick picks, unlike in the tree, `$(name)` in a text would become an icon. */
export const withoutIcons = (text: string) => text.replaceAll("$(", "$\u200b(");

/** A snapshot as an entry of a quick pick; `named` also says whose it is. */
export function snapshotChoice(snapshot: Snapshot, named: boolean) {
  const { name, agentName, excluded } = snapshot;
  const description = snapshotDescription(snapshot, Date.now(), t);
  const lossy = excluded.length > 0;
  return {
    label: withoutIcons(name),
    description: withoutIcons(named ? [agentName, description].join(" · ") : description),
    ...(lossy && { detail: withoutIcons(t("Does not hold {0}", excludedText(excluded, t))) }),
    iconPath: new vscode.ThemeIcon(lossy ? "warning" : "device-camera"),
    value: snapshot,
  };
}

/** Asks for a snapshot of one agent, or of any. `SNAPSHOT_NOT_FOUND` where there is none, `CANCELLED`. */
export async function pickSnapshot(
  host: CoreHost,
  title: string,
  agent?: { agentId: string; name: string },
): Promise<Snapshot> {
  const core = await host.core();
  const all = await core.listSnapshots(agent ? { agentId: agent.agentId } : {});
  if (all.length === 0) {
    const message = agent ? t("{0} has no snapshot.", agent.name) : t("There are no snapshots.");
    throw new AgentError("SNAPSHOT_NOT_FOUND", message, { remedy: t("Take one of an agent first.") });
  }
  const items = all.map((snapshot) => snapshotChoice(snapshot, agent === undefined));
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: t("Choose a snapshot") });
  if (!picked) throw cancelled();
  return picked.value;
}
