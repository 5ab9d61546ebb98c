import * as vscode from "vscode";
import { cancelled } from "../model/errors.js";
import { nameProblem } from "./createDraft.js";
import type { CoreHost } from "./coreHost.js";
import { nameOf } from "./lifecycleCommands.js";
import { targetsOf } from "./pickAgent.js";
import { askText } from "./quickInput.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

/** Asks a user for the new name, checked while it is typed; a program gives it as `{name}`. */
export function renameCommand(host: CoreHost): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      const [target] = await targetsOf(call, host, {
        title: t("Rename Agent"),
        fits: (row) =>
          row.failure === undefined && row.operation === undefined && row.agent.state !== "invalid",
        none: t("There is no agent to rename."),
        ours: true,
      });
      const core = await host.core();
      if (call.by === "program") return core.rename(target, call.options);
      const name = nameOf(host, target);
      const others = (host.state.picture?.agents ?? [])
        .map(({ agent }) => agent.name)
        .filter((one) => one !== name);
      const taken = new Set(others);
      const answer = await askText({
        title: t("Rename Agent"),
        position: { step: 1, total: 1 },
        value: name,
        prompt: t("The new name. SSH alias, keys and open windows stay as they are"),
        problem: (text) => nameProblem(text, taken, t),
      });
      if (answer.kind !== "next" || answer.value === name) throw cancelled();
      return withStages(t("Renaming {0}", name), (options) =>
        core.rename(target, { name: answer.value }, options),
      );
    },
  };
}
