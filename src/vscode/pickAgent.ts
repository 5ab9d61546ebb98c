import * as vscode from "vscode";
import { AgentError, cancelled } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import { agentDescription, agentIcon } from "./agentItem.js";
import { namedTargets, targetOf, type Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { plainMessage, plainTitle } from "./plainTitle.js";
import { engineProblem } from "./viewState.js";

const { t } = vscode.l10n;

/** Which agents a command is for, where it has to ask. */
export interface Fitting {
  title: string;
  fits: (row: AgentRow) => boolean;
  /** Said when there is none. */
  none: string;
  /** True where another program's container is refused before anything is asked. */
  ours?: boolean;
}

/** `UNSUPPORTED` for another program's container: what would break that program's records of it. */
export function refuseForeignRow({ agent }: AgentRow): void {
  if (agent.managedBy === undefined) return;
  throw new AgentError("UNSUPPORTED", t("{0} belongs to {1}.", plainTitle(agent.name), agent.managedBy), {
    remedy: t("Use the commands of {0} for it.", agent.managedBy),
  });
}

/** Rejects with the engine's problem when it is known to be away. */
async function rowsOf(host: CoreHost): Promise<readonly AgentRow[]> {
  await host.core();
  await host.settled();
  const problem = engineProblem(host.state);
  if (problem) throw new AgentError(problem.code, problem.message, { remedy: problem.remedy });
  return host.state.picture?.agents ?? [];
}

async function ask(host: CoreHost, { title, fits, none }: Fitting): Promise<string> {
  const rows = (await rowsOf(host)).filter(fits);
  if (rows.length === 0) {
    throw new AgentError("NOT_FOUND", none, {
      remedy: t("Create one, or look at the Agent Containers view."),
    });
  }
  const items = rows.map((row) => {
    const { id, color } = agentIcon(row);
    return {
      label: plainTitle(row.agent.name),
      description: plainMessage(agentDescription(row, Date.now(), t)),
      iconPath: new vscode.ThemeIcon(id, color ? new vscode.ThemeColor(color) : undefined),
      target: targetOf(row),
    };
  });
  const picked = await vscode.window.showQuickPick(items, { title, placeHolder: t("Choose an agent") });
  if (!picked) throw cancelled();
  return picked.target;
}

/** The targets of a call; asks for one where it names none. `CANCELLED` when the question is closed. */
export async function targetsOf(
  call: Call,
  host: CoreHost,
  fitting: Fitting,
): Promise<readonly [string, ...string[]]> {
  if (fitting.ours) for (const { row } of call.nodes) refuseForeignRow(row);
  const [first, ...rest] = namedTargets(call);
  return first === undefined ? [await ask(host, fitting)] : [first, ...rest];
}
