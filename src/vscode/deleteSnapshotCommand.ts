import * as vscode from "vscode";
import { cancelled } from "../model/errors.js";
import type { Snapshot } from "../model/snapshot.js";
import { renderBytes } from "../model/size.js";
import type { CoreHost } from "./coreHost.js";
import type { Job } from "./many.js";
import { pickSnapshot } from "./pickSnapshot.js";
import { confirm, type Present } from "./present.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";
import { runOnMany } from "./runOnMany.js";
import type { SnapshotShelf } from "./snapshotShelf.js";

const { t } = vscode.l10n;

async function agreed(snapshots: readonly Snapshot[]): Promise<boolean> {
  const names = snapshots.map(({ name, agentName }) => t("{0} of {1}", name, agentName)).join(", ");
  const bytes = renderBytes(snapshots.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
  const many = snapshots.length > 1;
  return confirm(
    many
      ? t("Delete {0} snapshots?", snapshots.length)
      : t("Delete the snapshot {0}?", snapshots[0]?.name ?? ""),
    t("{0}, {1}. This cannot be undone. Agents that were forked from it go on.", names, bytes),
    t("Delete"),
  );
}

/** Deletes the selected snapshots after one question; a program names one as the target or as `{snapshot}`. */
export function deleteSnapshotCommand(host: CoreHost, shelf: SnapshotShelf, present: Present): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      const core = await host.core();
      const clicked = call.snapshots.map(({ snapshot }) => snapshot);
      if (call.by === "program" && clicked.length === 0) {
        const named = call.target === undefined ? {} : { snapshot: call.target };
        return core.deleteSnapshot({ ...named, ...call.options });
      }
      const [first, ...others] =
        clicked.length > 0 ? clicked : [await pickSnapshot(host, t("Delete Snapshot"))];
      if (!first || !(await agreed([first, ...others]))) throw cancelled();
      const job = ({ image, name, engine }: Snapshot): Job => ({ id: image, name, engine });
      const one = ({ id, engine }: Job, options: object) =>
        core.deleteSnapshot({ snapshot: id }, { ...options, engine });
      try {
        return others.length > 0
          ? await runOnMany(t("Deleting snapshots"), [first, ...others].map(job), one, present)
          : await withStages(t("Deleting {0}", first.name), (options) => one(job(first), options));
      } finally {
        await shelf.refresh();
      }
    },
  };
}
