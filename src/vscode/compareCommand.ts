import * as vscode from "vscode";
import type { Overlap } from "../model/changes.js";
import { AgentError, cancelled } from "../model/errors.js";
import { namedTargets, type Call } from "./call.js";
import { sideUri } from "./changedSides.js";
import type { CoreHost } from "./coreHost.js";
import { note } from "./present.js";
import type { Command } from "./register.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

/** Two agents or more: the selected rows, or those that are picked. */
async function chooseAgents(host: CoreHost, call: Call): Promise<readonly string[]> {
  const named = namedTargets(call);
  if (named.length > 1) return named;
  await host.core();
  await host.settled();
  const rows = (host.state.picture?.agents ?? []).filter(({ agent }) => agent.state === "running");
  if (rows.length < 2) {
    throw new AgentError("NOT_FOUND", t("Fewer than two agents are running."), {
      remedy: t("Start those that are to be compared."),
    });
  }
  const items = rows.map(({ agent }) => ({
    label: agent.name,
    picked: named.includes(agent.id),
    id: agent.id,
  }));
  const title = t("Compare Agents");
  const placeHolder = t("Choose two agents or more");
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder, canPickMany: true });
  if (!chosen || chosen.length === 0) throw cancelled();
  return chosen.map(({ id }) => id);
}

/** Both agents' versions of a file, side by side. */
async function openOverlap({ path, agents }: Overlap): Promise<void> {
  const [left, right] = agents.map(({ id, newId }) =>
    newId === undefined ? sideUri("", path, "", "text") : sideUri(id, path, newId, "text"),
  );
  const names = agents.slice(0, 2).map(({ name }) => name);
  await vscode.commands.executeCommand("vscode.diff", left, right, `${path} (${names.join(" ↔ ")})`);
}

/** Which files several agents changed, before anything is merged; a chosen one opens as a diff. */
export function compareCommand(host: CoreHost): Command {
  return {
    takesTarget: false,
    run: async (call) => {
      const core = await host.core();
      if (call.by === "program") return core.overlaps(call.options);
      const targets = await chooseAgents(host, call);
      const overlaps = await withStages(t("Comparing agents"), (options) =>
        core.overlaps({ targets }, options),
      );
      if (overlaps.length === 0) {
        note(t("They changed no file in common."));
        return overlaps;
      }
      const items = overlaps.map((overlap) => ({
        label: overlap.path,
        description: overlap.same ? t("the same in all") : "",
        detail: overlap.agents.map(({ name, status }) => `${name}: ${status}`).join(" · "),
        overlap,
      }));
      const title = t("Changed by More Than One Agent");
      const chosen = await vscode.window.showQuickPick(items, {
        title,
        placeHolder: t("Choose a file to compare"),
      });
      if (chosen) await openOverlap(chosen.overlap);
      return overlaps;
    },
  };
}
