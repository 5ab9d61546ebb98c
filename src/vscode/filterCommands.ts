import * as vscode from "vscode";
import { cancelled } from "../model/errors.js";
import type { ArrangementHost } from "./arrangementHost.js";
import type { CoreHost } from "./coreHost.js";
import { createMatcher, filterToggles, noFilter, type Filter, type FilterToggle } from "./filter.js";
import { openProjects } from "./openProjects.js";
import type { CommandTable } from "./register.js";
import { toggleName } from "./treeText.js";

const { t } = vscode.l10n;

interface ToggleItem extends vscode.QuickPickItem {
  toggle: FilterToggle;
}

const icons: Record<FilterToggle, string> = {
  running: "circle-filled",
  waiting: "bell",
  stopped: "circle-outline",
  exited: "error",
  folder: "folder",
};

function toggleItems(host: CoreHost): ToggleItem[] {
  const rows = host.state.picture?.agents ?? [];
  const projects = openProjects();
  return filterToggles
    .filter((toggle) => toggle !== "folder" || projects.length > 0)
    .map((toggle) => ({
      label: toggleName(toggle, t),
      description: String(rows.filter(createMatcher({ text: "", toggles: [toggle] }, projects)).length),
      iconPath: new vscode.ThemeIcon(icons[toggle]),
      // The text is for the agents, and not for these.
      alwaysShow: true,
      toggle,
    }));
}

/** Asks for a filter and shows in the tree what it does while it is typed. Undefined when it was closed. */
async function askFilter(
  host: CoreHost,
  before: Filter,
  look: (filter: Filter) => void,
): Promise<Filter | undefined> {
  const input = vscode.window.createQuickPick<ToggleItem>();
  input.title = t("Filter Agents");
  input.placeholder = t("Words of names, types, tags, projects, images or states");
  input.canSelectMany = true;
  // A look at the tree must not end it.
  input.ignoreFocusOut = true;
  input.items = toggleItems(host);
  input.selectedItems = input.items.filter(({ toggle }) => before.toggles.includes(toggle));
  input.value = before.text;
  const now = (): Filter => {
    const toggles = input.selectedItems.map(({ toggle }) => toggle);
    return { text: input.value, toggles: filterToggles.filter((toggle) => toggles.includes(toggle)) };
  };
  return new Promise((resolve) => {
    const owned = [
      input.onDidChangeValue(() => look(now())),
      input.onDidChangeSelection(() => look(now())),
      input.onDidAccept(() => {
        resolve(now());
        input.hide();
      }),
      input.onDidHide(() => {
        resolve(undefined);
        vscode.Disposable.from(...owned, input).dispose();
      }),
    ];
    input.show();
  });
}

/** Which agents the tree shows; counts in the status bar are of all. */
export function filterCommands(
  host: CoreHost,
  arrangement: ArrangementHost,
): Pick<CommandTable, "filter" | "clearFilter"> {
  return {
    filter: {
      takesTarget: true,
      run: async ({ target }) => {
        if (target !== undefined) {
          arrangement.change({ filter: { text: target, toggles: [] } });
          return null;
        }
        const before = arrangement.now.filter;
        const chosen = await askFilter(host, before, (filter) => arrangement.change({ filter }, false));
        arrangement.change({ filter: chosen ?? before });
        if (!chosen) throw cancelled();
        return null;
      },
    },
    clearFilter: {
      takesTarget: false,
      run: () => {
        arrangement.change({ filter: noFilter });
        return Promise.resolve(null);
      },
    },
  };
}
