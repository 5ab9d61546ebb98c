import * as vscode from "vscode";
import { isAgentError } from "../model/errors.js";
import type { CoreHost } from "./coreHost.js";
import type { ShowDocument } from "./documents.js";
import { note, type Present } from "./present.js";
import { loaded, type Command, type CommandTable } from "./register.js";
import type { StoredSecrets } from "./storedSecrets.js";
import type { SnapshotShelf } from "./snapshotShelf.js";

const { t } = vscode.l10n;

/** Gives a program what there is, of the agent that is named or of all; of one that is gone by its id. */
function listSnapshotsCommand(host: CoreHost): Command {
  return {
    takesTarget: true,
    forPrograms: true,
    run: async ({ target, nodes, options }) => {
      const core = await host.core();
      const named = target ?? nodes[0]?.row.agent.id;
      if (named === undefined) return core.listSnapshots(options);
      const agentId = await core.get(named).then(
        ({ id }) => id,
        (error: unknown) => {
          if (isAgentError(error, "NOT_FOUND")) return named;
          throw error;
        },
      );
      return core.listSnapshots({ ...options, agentId });
    },
  };
}

/** The key that destroys agents deletes snapshots where these are selected. */
export function orDeleteSnapshots(destroy: Command, deleteSnapshot: Command): Command {
  return {
    ...destroy,
    keyForSnapshots: true,
    run: (call) =>
      call.nodes.length === 0 && call.snapshots.length > 0 ? deleteSnapshot.run(call) : destroy.run(call),
  };
}

/** What is about snapshots: take, list, compare, restore, fork, delete, and the name of their image. */
export function snapshotCommands(
  host: CoreHost,
  shelf: SnapshotShelf,
  stored: StoredSecrets,
  present: Present,
  failed: (error: unknown) => void,
  show: ShowDocument,
): Pick<
  CommandTable,
  | "snapshot"
  | "listSnapshots"
  | "deleteSnapshot"
  | "compareSnapshot"
  | "compareSnapshots"
  | "restore"
  | "fork"
  | "copySnapshotImage"
> {
  return {
    snapshot: loaded(async () => (await import("./takeSnapshotCommand.js")).takeSnapshotCommand(host, shelf)),
    listSnapshots: listSnapshotsCommand(host),
    deleteSnapshot: loaded(async () =>
      (await import("./deleteSnapshotCommand.js")).deleteSnapshotCommand(host, shelf, present),
    ),
    compareSnapshot: loaded(async () =>
      (await import("./compareSnapshotCommands.js")).compareWithAgent(host, show),
    ),
    compareSnapshots: loaded(async () =>
      (await import("./compareSnapshotCommands.js")).compareSnapshots(host, show),
    ),
    restore: loaded(async () => (await import("./restoreCommand.js")).restoreCommand(host, shelf)),
    fork: loaded(async () => (await import("./forkCommand.js")).forkCommand(host, shelf, stored, failed)),
    copySnapshotImage: {
      takesTarget: true,
      run: async ({ snapshots }) => {
        const clicked = snapshots.map(({ snapshot }) => snapshot);
        const { pickSnapshot } = await import("./pickSnapshot.js");
        const chosen = clicked.length > 0 ? clicked : [await pickSnapshot(host, t("Copy Name of Image"))];
        const images = chosen.map(({ image }) => image);
        await vscode.env.clipboard.writeText(images.join("\n"));
        note(t("Copied: {0}", images.join(", ")));
        return { image: images[0] };
      },
    },
  };
}
