import * as vscode from "vscode";
import { chooseEngine } from "./chooseEngine.js";
import type { CoreHost } from "./coreHost.js";
import { commandIds } from "./ids.js";
import { confirm, note } from "./present.js";
import type { CommandTable } from "./register.js";
import { countAgents } from "./statusText.js";
import { engineProblem } from "./viewState.js";
import type { SnapshotShelf } from "./snapshotShelf.js";

const { t } = vscode.l10n;

interface HealthItem extends vscode.QuickPickItem {
  command?: string;
}

/** What the status bar item stands for, in full, with what can be done. */
function healthItems(host: CoreHost): HealthItem[] {
  const { state } = host;
  const engines = (state.picture?.engines ?? []).map(({ name, health, link }): HealthItem => {
    const answers = link.kind === "live";
    const version = health?.version ? t("Docker {0}, API {1}", health.version, health.apiVersion ?? "?") : "";
    const latency = typeof health?.latencyMs !== "number" ? "" : t("{0} ms", Math.round(health.latencyMs));
    return {
      label: name,
      description: [version, latency].filter(Boolean).join(" · "),
      detail:
        link.kind === "down"
          ? [link.problem.message, link.problem.remedy].filter(Boolean).join(" ")
          : undefined,
      iconPath: new vscode.ThemeIcon(answers ? "pass" : link.kind === "down" ? "error" : "sync"),
    };
  });
  const { all, running, exited } = countAgents(state);
  const action = (label: string, icon: string, command: string): HealthItem => ({
    label,
    iconPath: new vscode.ThemeIcon(icon),
    command,
  });
  return [
    ...engines,
    {
      label: t("{0} of {1} agents running", running, all),
      description: exited > 0 ? t("{0} ended unexpectedly", exited) : "",
      iconPath: new vscode.ThemeIcon("vm"),
    },
    { label: t("Actions"), kind: vscode.QuickPickItemKind.Separator },
    ...(engineProblem(state) ? [action(t("Retry"), "refresh", commandIds.refresh)] : []),
    action(t("Create Agent…"), "add", commandIds.create),
    action(t("Show Agents"), "list-tree", "agentContainers.agents.focus"),
    action(t("Choose Engine…"), "server", commandIds.chooseEngine),
    action(t("Show Log"), "output", commandIds.showLog),
  ];
}

/** What is about the engine and this extension, and not about one agent. */
export function engineCommands(
  host: CoreHost,
  shelf: Pick<SnapshotShelf, "refresh">,
  showLog: () => void,
): Pick<CommandTable, "refresh" | "chooseEngine" | "showLog" | "showHealth" | "removeSshIntegration"> {
  return {
    refresh: {
      takesTarget: false,
      run: async () => {
        await host.refresh();
        // Not waited for: what others deleted leaves the tree when it is listed.
        void shelf.refresh();
        return null;
      },
    },
    chooseEngine: { takesTarget: true, run: (call) => chooseEngine(call.target) },
    showLog: {
      takesTarget: false,
      run: () => {
        showLog();
        return Promise.resolve(null);
      },
    },
    showHealth: {
      takesTarget: false,
      run: async () => {
        await host.core().catch(() => undefined);
        const picked = await vscode.window.showQuickPick(healthItems(host), {
          title: t("Agent Containers"),
          placeHolder: t("Health and counts"),
        });
        if (picked?.command) await vscode.commands.executeCommand(picked.command);
        return null;
      },
    },
    removeSshIntegration: {
      takesTarget: false,
      run: async (call) => {
        const agreed =
          call.options?.force === true ||
          (await confirm(
            t("Remove the SSH integration?"),
            t(
              "The keys of all agents and everything of Agent Containers under ~/.ssh are removed. Agents keep running, but cannot be logged in to from this machine any more.",
            ),
            t("Remove"),
          ));
        if (!agreed) return null;
        await (await host.core()).removeSshIntegration();
        note(t("The SSH integration is removed."));
        return null;
      },
    },
  };
}
