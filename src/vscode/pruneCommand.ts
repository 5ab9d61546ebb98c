import * as vscode from "vscode";
import type { Leftover } from "../agents/leftovers.js";
import { AgentError, cancelled } from "../model/errors.js";
import { renderBytes } from "../model/size.js";
import type { PruneResult } from "../agents/prune.js";
import type { Core, VerbOptions } from "../app/core.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { look } from "./look.js";
import { plainMessage, plainTitle } from "./plainTitle.js";
import { note } from "./present.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

interface LeftoverItem extends vscode.QuickPickItem {
  /** Undefined for the title of an engine. */
  leftover?: Leftover;
  engine?: string;
}

function itemOf(leftover: Leftover, engine: string | undefined): LeftoverItem {
  const { kind, name, sizeBytes, why } = leftover;
  const icons = {
    container: "vm",
    volume: "database",
    network: "type-hierarchy",
    image: "package",
    record: "note",
    ssh: "key",
    secrets: "lock",
    state: "database",
  };
  return {
    label: plainTitle(name),
    description: sizeBytes === undefined ? kind : `${kind} · ${renderBytes(sizeBytes)}`,
    detail: plainMessage(why),
    iconPath: new vscode.ThemeIcon(icons[kind]),
    picked: true,
    leftover,
    engine,
  };
}

/** Where to look: the engines that are selected, or all that answer; undefined is the only one. */
function enginesOf(host: CoreHost, call: Call): readonly (string | undefined)[] {
  if (call.engines.length > 0) return call.engines.map(({ engine }) => engine.name);
  const live = (host.state.picture?.engines ?? []).filter(({ link }) => link.kind === "live");
  return live.length > 1 ? live.map(({ name }) => name) : [undefined];
}

function itemsOf(found: readonly Found[]): LeftoverItem[] {
  return found.flatMap(({ engine, leftovers }) => [
    ...(found.length > 1 && engine ? [{ label: engine, kind: vscode.QuickPickItemKind.Separator }] : []),
    ...leftovers.map((leftover) => itemOf(leftover, engine)),
  ]);
}

interface Found {
  engine: string | undefined;
  leftovers: readonly Leftover[];
}

/** Removes what was chosen, engine by engine. */
async function removeChosen(
  core: Core,
  chosen: readonly LeftoverItem[],
  options: VerbOptions,
): Promise<Pick<PruneResult, "removed" | "failed">> {
  const removed: Leftover[] = [];
  const failed: PruneResult["failed"][number][] = [];
  for (const engine of new Set(chosen.map((item) => item.engine))) {
    const remove = chosen.flatMap((item) =>
      item.engine === engine && item.leftover ? [`${item.leftover.kind}:${item.leftover.id}`] : [],
    );
    const result = await core.prune({ remove }, { ...options, engine });
    removed.push(...result.removed);
    failed.push(...result.failed);
  }
  return { removed, failed };
}

/**
 * Shows a user what is left over on the engines, with sizes and reasons, and removes what is confirmed; a program
 * gives `{remove}`, for the main engine.
 */
export function pruneCommand(host: CoreHost): Command {
  return {
    takesTarget: false,
    run: async (call) => {
      const core = await host.core();
      if (call.by === "program") return core.prune(call.options);
      const all = await look(t("Looking for what is left over"), (options) =>
        Promise.all(
          enginesOf(host, call).map(async (engine): Promise<Found> => {
            const { found } = await core.prune({}, { ...options, engine });
            return { engine, leftovers: found };
          }),
        ),
      );
      const found = all.flatMap(({ leftovers }) => leftovers);
      if (found.length === 0) {
        note(t("Nothing is left over."));
        return { found, removed: [], failed: [] };
      }
      const chosen = await vscode.window.showQuickPick(itemsOf(all), {
        title: t("Clean Up"),
        placeHolder: t("Choose what to remove"),
        canPickMany: true,
        matchOnDetail: true,
      });
      if (!chosen || chosen.length === 0) throw cancelled();
      const result = await withStages(t("Cleaning up"), (options) => removeChosen(core, chosen, options));
      const [failed] = result.failed;
      if (failed)
        throw new AgentError(failed.error.code, failed.error.message, { remedy: t("See the log.") });
      note(t("{0} removed.", result.removed.length));
      return { found, ...result };
    },
  };
}
