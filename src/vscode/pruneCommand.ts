import * as vscode from "vscode";
import type { Leftover } from "../agents/leftovers.js";
import { AgentError, cancelled } from "../model/errors.js";
import { renderBytes } from "../model/size.js";
import type { CoreHost } from "./coreHost.js";
import { note } from "./present.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

interface LeftoverItem extends vscode.QuickPickItem {
  leftover: Leftover;
}

function itemOf(leftover: Leftover): LeftoverItem {
  const { kind, name, sizeBytes, why } = leftover;
  const icons = {
    container: "vm",
    volume: "database",
    network: "type-hierarchy",
    image: "package",
    ssh: "key",
  };
  return {
    label: name,
    description: sizeBytes === undefined ? kind : `${kind} · ${renderBytes(sizeBytes)}`,
    detail: why,
    iconPath: new vscode.ThemeIcon(icons[kind]),
    picked: true,
    leftover,
  };
}

/** Shows a user what is left over, with sizes and reasons, and removes what is confirmed; a program gives `{remove}`. */
export function pruneCommand(host: CoreHost): Command {
  return {
    takesTarget: false,
    run: async (call) => {
      const core = await host.core();
      if (call.by === "program") return core.prune(call.options);
      const { found } = await withStages(t("Looking for what is left over"), (options) =>
        core.prune({}, options),
      );
      if (found.length === 0) {
        note(t("Nothing is left over."));
        return { found, removed: [], failed: [] };
      }
      const chosen = await vscode.window.showQuickPick(found.map(itemOf), {
        title: t("Clean Up"),
        placeHolder: t("Choose what to remove"),
        canPickMany: true,
        matchOnDetail: true,
      });
      if (!chosen || chosen.length === 0) throw cancelled();
      const remove = chosen.map(({ leftover: { kind, id } }) => `${kind}:${id}`);
      const result = await withStages(t("Cleaning up"), (options) => core.prune({ remove }, options));
      const [failed] = result.failed;
      if (failed)
        throw new AgentError(failed.error.code, failed.error.message, { remedy: t("See the log.") });
      note(t("{0} removed.", result.removed.length));
      return result;
    },
  };
}
