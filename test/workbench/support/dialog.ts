import type { Locator, Page } from "playwright-core";
import { textOf, textsOf } from "./text";

/** The modal dialog. */
export class Dialog {
  private readonly box: Locator;

  constructor(page: Page) {
    this.box = page.locator(".monaco-dialog-box");
  }

  /** Waits for it. @returns its message. */
  async message(): Promise<string> {
    return await textOf(this.box.locator(".dialog-message-text"));
  }

  async detail(): Promise<string> {
    const detail = this.box.locator(".dialog-message-detail");
    return (await detail.isVisible()) ? await textOf(detail) : "";
  }

  /** @returns the buttons' texts; their order is the platform's. */
  async buttons(): Promise<string[]> {
    await this.box.waitFor();
    return await textsOf(this.box.locator(".dialog-buttons .monaco-button"));
  }

  async click(button: string): Promise<void> {
    await this.box.locator(".dialog-buttons").getByRole("button", { name: button, exact: true }).click();
    await this.box.waitFor({ state: "hidden" });
  }
}
