import * as vscode from "vscode";
import { cancelled } from "../model/errors.js";
import type { CoreHost } from "./coreHost.js";
import { pickSnapshot } from "./pickSnapshot.js";
import { note, offer } from "./present.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";
import { excludedText } from "./snapshotItem.js";
import type { SnapshotShelf } from "./snapshotShelf.js";
import { agentOf, canBeSnapshotted } from "./snapshotTargets.js";
import { age } from "./text.js";

const { t } = vscode.l10n;

/** Puts an agent back to one of its snapshots, after saying what is lost and offering to keep that. */
export function restoreCommand(host: CoreHost, shelf: SnapshotShelf): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      const title = t("Restore Snapshot");
      const clicked = call.snapshots[0]?.snapshot;
      const agent = clicked
        ? {
            target: clicked.agentId,
            agentId: clicked.agentId,
            name: clicked.agentName,
            engine: clicked.engine,
          }
        : await agentOf(call, host, {
            title,
            fits: canBeSnapshotted,
            none: t("There is no agent to restore."),
          });
      const core = await host.core();
      const on = agent.engine === undefined ? {} : { engine: agent.engine };
      if (call.by === "program" && !clicked) return core.restore(agent.target, call.options, on);
      const snapshot = clicked ?? (await pickSnapshot(host, t("Restore {0}", agent.name), agent));
      const row = host.state.picture?.agents.find(({ agent: { id } }) => id === agent.agentId);
      const name = row?.agent.name ?? agent.name;
      const left = snapshot.excluded;
      const detail = [
        t(
          "What the agent has done since then ({0}) is lost: its files, what it installed, and what it keeps in /mngr. Its programs are ended, and it is started again.",
          age(snapshot.createdAt, Date.now(), t),
        ),
        left.length > 0 && t("Not in the snapshot, and left as it is: {0}.", excludedText(left, t)),
        t('"Snapshot First" keeps the present state as a snapshot of its own.'),
      ]
        .filter(Boolean)
        .join("\n\n");
      const restore = (snapshotFirst: boolean) => async () => {
        const restored = await withStages(t("Restoring {0}", name), (options) =>
          core.restore(
            agent.target,
            { snapshot: snapshot.id, force: true, snapshotFirst },
            { ...options, ...on },
          ),
        );
        await shelf.refresh(snapshot.engine);
        note(t("{0} is as it was in {1}.", name, snapshot.name));
        return restored;
      };
      const restored = await offer(t("Restore {0} to {1}?", name, snapshot.name), detail, [
        { label: t("Snapshot First"), run: restore(true) },
        { label: t("Restore"), run: restore(false) },
      ]);
      if (restored === undefined) throw cancelled();
      return restored;
    },
  };
}
