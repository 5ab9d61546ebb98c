import * as vscode from "vscode";
import { AgentError, cancelled } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import type { Grouping } from "./arrangement.js";
import type { ArrangementHost } from "./arrangementHost.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { plainTitle } from "./plainTitle.js";
import type { Command, CommandTable } from "./register.js";

const { t } = vscode.l10n;

/** The keys of the agents' tags, the most used first, with the number of agents that have them. */
export function tagKeys(rows: readonly AgentRow[]): readonly (readonly [key: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { agent } of rows) {
    for (const key of Object.keys(agent.tags)) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].sort(([one, often], [other, less]) => less - often || one.localeCompare(other));
}

async function askTagKey(host: CoreHost, current: string): Promise<string> {
  const items = tagKeys(host.state.picture?.agents ?? []).map(([key, count]) => ({
    label: plainTitle(key),
    key,
    description: count === 1 ? t("1 agent") : t("{0} agents", count),
    iconPath: new vscode.ThemeIcon(key === current ? "check" : "tag"),
  }));
  if (items.length === 0) {
    throw new AgentError("NOT_FOUND", t("No agent has a tag to group by."), {
      remedy: t("Tags are given when an agent is created."),
    });
  }
  const picked = await vscode.window.showQuickPick(items, {
    title: t("Group by Tag"),
    placeHolder: t("Choose the tag"),
  });
  if (!picked) throw cancelled();
  return picked.key;
}

type GroupingCommands = Pick<
  CommandTable,
  | "groupByEngine"
  | "groupByProject"
  | "groupByTag"
  | "groupByState"
  | "groupedByEngine"
  | "groupedByProject"
  | "groupedByTag"
  | "groupedByState"
>;

/**
 * What the rows stand below. Menus of extensions have no check marks of their own: each grouping has a second command
 * whose title bears one, and which menus show instead while it is chosen.
 */
export function groupingCommands(host: CoreHost, arrangement: ArrangementHost): GroupingCommands {
  const by = (grouping: Exclude<Grouping, "tag">): Command => ({
    takesTarget: false,
    run: () => {
      arrangement.change({ grouping });
      return Promise.resolve(null);
    },
  });
  const byTag: Command = {
    takesTarget: true,
    run: async ({ target }: Call) => {
      const tagKey = target ?? (await askTagKey(host, arrangement.now.tagKey));
      arrangement.change({ grouping: "tag", tagKey });
      return null;
    },
  };
  const [engine, project, state] = [by("engine"), by("project"), by("state")];
  return {
    groupByEngine: engine,
    groupedByEngine: engine,
    groupByProject: project,
    groupedByProject: project,
    groupByTag: byTag,
    groupedByTag: byTag,
    groupByState: state,
    groupedByState: state,
  };
}
