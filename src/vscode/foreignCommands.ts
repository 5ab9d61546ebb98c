import * as vscode from "vscode";
import type { AgentRow } from "../store/rows.js";
import type { CoreHost } from "./coreHost.js";
import { targetOf } from "./call.js";
import { knownRows } from "./knownRows.js";
import { plainTitle } from "./plainTitle.js";
import { targetsOf } from "./pickAgent.js";
import { note } from "./present.js";
import type { CommandTable } from "./register.js";
import { shellArguments } from "./shellCommand.js";

const { t } = vscode.l10n;

const hasContainer = (row: AgentRow) => row.failure === undefined && row.agent.containerId !== "";

/** What helps with a container that takes no login, such as those of other programs: a shell, and its id. */
export function foreignCommands(host: CoreHost): Pick<CommandTable, "openShell" | "copyContainerId"> {
  const agentsOf = async (targets: readonly string[]) => {
    const core = await host.core();
    return Promise.all(targets.map((target) => core.get(target)));
  };
  return {
    openShell: {
      takesTarget: true,
      run: async (call) => {
        const [target] = await targetsOf(call, host, {
          title: t("Open Shell"),
          fits: ({ agent }) => agent.state === "running" || agent.state === "unhealthy",
          none: t("No agent is running."),
        });
        for (const agent of await agentsOf([target])) {
          const terminal = vscode.window.createTerminal({
            name: plainTitle(agent.name),
            iconPath: new vscode.ThemeIcon("package"),
            shellPath: process.platform === "win32" ? "docker.exe" : "docker",
            shellArgs: shellArguments(agent, t),
          });
          terminal.show();
        }
        return null;
      },
    },
    copyContainerId: {
      takesTarget: true,
      run: async (call) => {
        const targets = await targetsOf(call, host, {
          title: t("Copy Container ID"),
          fits: hasContainer,
          none: t("There are no agents."),
        });
        const listed = new Map(knownRows(host.state.picture).map((row) => [targetOf(row), row.agent]));
        const known = targets.flatMap((target) => listed.get(target) ?? []);
        // What is listed needs no question: its engine may be away.
        const agents = known.length === targets.length ? known : await agentsOf(targets);
        const ids = agents.map(({ containerId }) => containerId);
        await vscode.env.clipboard.writeText(ids.join("\n"));
        note(t("Copied: {0}", ids.map((id) => id.slice(0, 12)).join(", ")));
        return { ids };
      },
    },
  };
}
