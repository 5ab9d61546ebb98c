import type { Locator, Page } from "playwright-core";
import { textOf, textsOf } from "./text";

/** The notifications that are up in the corner, progress included. They are named by a part of their text. */
export class Notifications {
  private readonly all: Locator;

  constructor(private readonly page: Page) {
    this.all = page.locator(".notification-toast .notification-list-item");
  }

  async messages(): Promise<string[]> {
    return await textsOf(this.all.locator(".notification-list-item-message"));
  }

  /** Waits for one. @returns its whole text. */
  async waitFor(text: string, timeout?: number): Promise<string> {
    const notification = this.named(text);
    await notification.waitFor({ timeout });
    return await textOf(notification.locator(".notification-list-item-message"));
  }

  async waitUntilGone(text: string, timeout?: number): Promise<void> {
    await this.named(text).waitFor({ state: "hidden", timeout });
  }

  async severity(text: string): Promise<"info" | "warning" | "error"> {
    const classes = await this.named(text).locator(".notification-list-item-icon").getAttribute("class");
    const found = /codicon-(info|warning|error)/.exec(classes ?? "")?.[1];
    if (found === "info" || found === "warning" || found === "error") return found;
    throw new Error(`No severity in ${classes ?? "the notification"}`);
  }

  async buttons(text: string): Promise<string[]> {
    return await textsOf(this.named(text).locator(BUTTON));
  }

  /** Clicks a button; a progress notification's is `Cancel`. */
  async click(text: string, button: string): Promise<void> {
    await this.named(text).locator(BUTTON).getByText(button, { exact: true }).click();
  }

  async dismiss(text: string): Promise<void> {
    const notification = this.named(text);
    await notification.hover();
    await notification.getByRole("button", { name: /^Clear Notification/ }).click();
    await notification.waitFor({ state: "hidden" });
  }

  private named(text: string): Locator {
    const message = this.page.locator(".notification-list-item-message", { hasText: text });
    return this.all.filter({ has: message }).first();
  }
}

const BUTTON = ".notification-list-item-buttons-container .monaco-button";
