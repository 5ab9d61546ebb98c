import type { Locator, Page } from "playwright-core";
import { readRows } from "./listRows";
import { startingWith, textOf } from "./text";

/** An entry of a quick pick. */
export interface PickItem {
  label: string;
  description: string;
}

/** The quick pick or input box at the top of the window. */
export class QuickInput {
  private readonly widget: Locator;
  private readonly input: Locator;

  constructor(private readonly page: Page) {
    this.widget = page.locator(".quick-input-widget");
    this.input = this.widget.locator(".quick-input-box input");
  }

  /** Waits until the step of a flow with this title is shown. @param title with its step, as in `New Agent (1/3)`. */
  async waitFor(title: string): Promise<void> {
    await this.widget.locator(".quick-input-title").getByText(title, { exact: true }).waitFor();
  }

  async waitUntilClosed(): Promise<void> {
    await this.widget.waitFor({ state: "hidden" });
  }

  async title(): Promise<string> {
    return await textOf(this.widget.locator(".quick-input-title"));
  }

  async placeholder(): Promise<string> {
    return (await this.input.getAttribute("placeholder")) ?? "";
  }

  async value(): Promise<string> {
    return await this.input.inputValue();
  }

  /** @returns an input box's prompt or what it says against its value. */
  async message(): Promise<string> {
    return await textOf(this.widget.locator(".quick-input-message"));
  }

  /** Replaces what is in the box. */
  async type(text: string): Promise<void> {
    await this.input.fill(text);
  }

  async enter(): Promise<void> {
    await this.input.press("Enter");
  }

  async escape(): Promise<void> {
    await this.input.press("Escape");
    await this.waitUntilClosed();
  }

  async back(): Promise<void> {
    await this.button("Back").click();
  }

  /** A button in the title, by its tooltip. */
  button(name: string): Locator {
    return this.widget.locator(".quick-input-titlebar").getByRole("button", { name: startingWith(name) });
  }

  async items(): Promise<PickItem[]> {
    const rows = this.widget.getByRole("option");
    await rows.first().waitFor();
    const read = await readRows(rows, {
      label: { selector: `${FIRST_LINE} .label-name` },
      description: { selector: `${FIRST_LINE} .label-description` },
    });
    return read.map(({ label = "", description = "" }) => ({ label, description }));
  }

  /** Chooses an entry by its label. */
  async pick(label: string): Promise<void> {
    await this.item(label).click();
  }

  /** Ticks an entry where several can be chosen; `enter` confirms them. */
  async tick(label: string): Promise<void> {
    // Where several can be chosen a row is a checkbox itself, and no option.
    await this.widget
      .getByRole("checkbox")
      .filter({ has: this.nameOf(label) })
      .last()
      .click();
  }

  private item(label: string): Locator {
    return this.widget
      .getByRole("option")
      .filter({ has: this.nameOf(label) })
      .first();
  }

  private nameOf(label: string): Locator {
    return this.page.locator(FIRST_LINE).locator(".label-name").getByText(label, { exact: true });
  }
}

const FIRST_LINE = ".quick-input-list-row:first-child";
