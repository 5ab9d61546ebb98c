import type { Locator } from "playwright-core";
import { textsOf } from "./text";

/** What an empty view says, and its buttons. */
export class Welcome {
  constructor(private readonly view: Locator) {}

  async waitFor(text: string): Promise<void> {
    await this.view.getByText(text).first().waitFor();
  }

  /** @returns the paragraphs, links among them as text. */
  async text(): Promise<string> {
    return (await textsOf(this.view.locator("p"))).join("\n");
  }

  async buttons(): Promise<string[]> {
    return await textsOf(this.view.locator(".monaco-button"));
  }

  async click(button: string): Promise<void> {
    await this.view.locator(".monaco-button").getByText(button, { exact: true }).click();
  }
}
