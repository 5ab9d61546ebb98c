import type { Locator, Page } from "playwright-core";
import { textOf } from "./text";
import { tooltipOf } from "./tooltip";

/** The items of the status bar, named by a part of their accessible name (text and tooltip) or their id. */
export class StatusBar {
  constructor(private readonly page: Page) {}

  async text(item: string): Promise<string> {
    return await textOf(this.item(item));
  }

  /** @returns what a screen reader says: the text, and the tooltip after it. */
  async accessibleLabel(item: string): Promise<string> {
    return (await this.item(item).getAttribute("aria-label")) ?? "";
  }

  /** @returns the icon's name, such as `server`. */
  async icon(item: string): Promise<string> {
    const classes = await this.item(item).locator(".codicon").first().getAttribute("class");
    return /codicon-(\S+)/.exec(classes ?? "")?.[1] ?? "";
  }

  /** @returns the text of the tooltip that appears under the mouse. */
  async tooltip(item: string): Promise<string> {
    return await tooltipOf(this.page, this.item(item));
  }

  async click(item: string): Promise<void> {
    await this.item(item).getByRole("button").click();
  }

  private item(item: string): Locator {
    return this.page
      .locator(`.statusbar-item[aria-label*="${item}"], .statusbar-item[id$="${item}"]`)
      .first();
  }
}
