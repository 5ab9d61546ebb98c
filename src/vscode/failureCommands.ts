import * as vscode from "vscode";
import { AgentError } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import type { CoreHost } from "./coreHost.js";
import type { ShowDocument } from "./documents.js";
import { targetsOf } from "./pickAgent.js";
import type { CommandTable } from "./register.js";

const { t } = vscode.l10n;

/** The failed creates that a target means: one by its id, or all of a name. */
export function failuresOf(host: CoreHost, target: string): readonly AgentRow[] {
  const rows = host.state.picture?.agents ?? [];
  return rows.filter(({ agent, failure }) => failure && (agent.id === target || agent.name === target));
}

/** Takes the failed creates of a name off the list, because something is done about them. */
export async function dismissFailures(host: CoreHost, target: string): Promise<void> {
  const core = await host.core();
  for (const { agent } of failuresOf(host, target)) core.dismiss(agent.id);
}

function requireFailure(
  host: CoreHost,
  target: string,
): AgentRow & { failure: NonNullable<AgentRow["failure"]> } {
  const row = failuresOf(host, target)[0];
  if (!row?.failure) {
    throw new AgentError("NOT_FOUND", t('There is no failed create "{0}".', target), {
      remedy: t("See the Agent Containers view for those there are."),
    });
  }
  return { ...row, failure: row.failure };
}

/** What is known of a failed create: listed until it is dismissed. */
export function failureCommands(
  host: CoreHost,
  show: ShowDocument,
): Pick<CommandTable, "dismissFailure" | "showFailureLog"> {
  const failed = {
    title: t("Failed Agents"),
    fits: (row: AgentRow) => row.failure !== undefined,
    none: t("No create has failed."),
  };
  return {
    dismissFailure: {
      takesTarget: true,
      run: async (call) => {
        for (const target of await targetsOf(call, host, failed)) {
          requireFailure(host, target);
          await dismissFailures(host, target);
        }
        return null;
      },
    },
    showFailureLog: {
      takesTarget: true,
      run: async (call) => {
        const [target] = await targetsOf(call, host, failed);
        const { agent, failure } = requireFailure(host, target);
        const { code, message, remedy, log } = failure.error;
        const text = [`${code}: ${message}`, remedy, log && `\n${log}`].filter(Boolean).join("\n");
        if (call.by === "user") await show(`${agent.name}-create.log`, text);
        return text;
      },
    },
  };
}
