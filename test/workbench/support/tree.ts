import { eventually } from "./eventually";
import type { Locator, Page } from "playwright-core";
import { readRows } from "./listRows";
import { clickInMenu, readMenu } from "./menu";
import { textsOf } from "./text";
import { tooltipOf } from "./tooltip";

/** What a row shows. */
export interface Row {
  label: string;
  description: string;
  /** What a screen reader says. */
  accessibleLabel: string;
  /** The icon's name, such as `vm-running`; empty colour for the theme's foreground. */
  icon: string;
  color: string;
  /** 1 for the top. */
  level: number;
  /** Nothing for a row without children. */
  expanded: boolean | undefined;
}

/** A tree view. Rows are named by their label. */
export class Tree {
  constructor(
    private readonly page: Page,
    private readonly tree: Locator,
  ) {}

  /** @returns the rows that are drawn, from the top; those scrolled out of sight are not among them. */
  async rows(): Promise<Row[]> {
    return (await readRows(this.tree.getByRole("treeitem"), FIELDS)).map(toRow);
  }

  async labels(): Promise<string[]> {
    return (await this.rows()).map(({ label }) => label);
  }

  row(label: string): Locator {
    const name = this.page.locator(".label-name").getByText(label, { exact: true });
    return this.tree.getByRole("treeitem").filter({ has: name });
  }

  async read(label: string): Promise<Row> {
    const row = this.row(label);
    await row.waitFor();
    const [read] = await readRows(row, FIELDS);
    if (read === undefined) throw new Error(`The row ${label} was there and is gone`);
    return toRow(read);
  }

  async expand(label: string): Promise<void> {
    const row = this.row(label);
    if ((await row.getAttribute("aria-expanded")) === "false")
      await row.locator(".monaco-tl-twistie").click();
  }

  async collapse(label: string): Promise<void> {
    const row = this.row(label);
    if ((await row.getAttribute("aria-expanded")) === "true") await row.locator(".monaco-tl-twistie").click();
  }

  /** Gives the keyboard to the tree, without changing what is selected. */
  async focusSelected(): Promise<void> {
    await this.tree.focus();
  }

  async click(label: string): Promise<void> {
    await this.row(label).click();
  }

  /** Adds a row to the selection. */
  async addToSelection(label: string): Promise<void> {
    const row = this.row(label);
    await eventually(async () => {
      // A row that is drawn anew under the mouse loses the click.
      if ((await row.getAttribute("aria-selected")) === "true") return;
      await row.click({ modifiers: ["ControlOrMeta"] });
      await this.page
        .locator('.monaco-list-row[aria-selected="true"]')
        .filter({ hasText: label })
        .waitFor({ timeout: 1000 });
    }, 10_000);
  }

  /** @returns the labels of the rows that are selected. */
  async selected(): Promise<string[]> {
    return await textsOf(this.tree.locator('.monaco-list-row[aria-selected="true"] .label-name'));
  }

  /** @returns the titles of the icons that appear on a row under the mouse. */
  async inlineActions(label: string): Promise<string[]> {
    const row = this.row(label);
    await row.hover();
    const actions = await row.locator(".actions").getByRole("button").all();
    return await Promise.all(actions.map(async (action) => (await action.getAttribute("aria-label")) ?? ""));
  }

  async clickInlineAction(label: string, action: string): Promise<void> {
    const row = this.row(label);
    await row.hover();
    await row.locator(".actions").getByRole("button", { name: action }).click();
  }

  /** @returns the entries of a row's context menu, which is closed again. */
  async contextMenu(label: string): Promise<string[]> {
    await this.row(label).click({ button: "right" });
    return await readMenu(this.page);
  }

  /** @param path the entry's title; with a submenu, the titles on the way. */
  async clickInContextMenu(label: string, ...path: string[]): Promise<void> {
    await this.row(label).click({ button: "right" });
    await clickInMenu(this.page, path);
  }

  /** @returns the text of the tooltip that appears over a row. */
  async tooltip(label: string): Promise<string> {
    return await tooltipOf(this.page, this.row(label).locator(".label-name"), (text) => text.includes(label));
  }
}

const ICON = ".custom-view-tree-node-item-icon";
const FIELDS = {
  label: { selector: ".label-name" },
  description: { selector: ".label-description" },
  accessibleLabel: { attribute: "aria-label" },
  icon: { selector: ICON, attribute: "class" },
  style: { selector: ICON, attribute: "style" },
  level: { attribute: "aria-level" },
  expanded: { attribute: "aria-expanded" },
};

function toRow(read: Record<keyof typeof FIELDS, string | undefined>): Row {
  return {
    label: read.label ?? "",
    description: read.description ?? "",
    accessibleLabel: read.accessibleLabel ?? "",
    icon: /codicon-(\S+)/.exec(read.icon ?? "")?.[1] ?? "",
    color: /color: ([^;]+)/.exec(read.style ?? "")?.[1] ?? "",
    level: Number(read.level),
    expanded: read.expanded === undefined ? undefined : read.expanded === "true",
  };
}
