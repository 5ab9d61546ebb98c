import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chromium, type Browser, type Locator, type Page } from "playwright-core";
import { Dialog } from "./dialog";
import { required } from "./environment";
import { Notifications } from "./notifications";
import { QuickInput } from "./quickInput";
import { StatusBar } from "./statusBar";
import { startingWith, textOf } from "./text";
import { Tree } from "./tree";
import { Welcome } from "./welcome";

const TIMEOUT_MS = 15_000;

/**
 * The workbench as a person sees it: the window that belongs to this extension host, through its debugging port.
 * All of its parts wait by themselves until what they need is there, at most TIMEOUT_MS.
 */
export class Workbench {
  private static shared: Promise<Workbench> | undefined;

  readonly quickInput: QuickInput;
  readonly notifications: Notifications;
  readonly dialog: Dialog;
  readonly statusBar: StatusBar;

  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {
    this.quickInput = new QuickInput(page);
    this.notifications = new Notifications(page);
    this.dialog = new Dialog(page);
    this.statusBar = new StatusBar(page);
  }

  /** One connection for the whole suite. */
  static connect(): Promise<Workbench> {
    return (Workbench.shared ??= Workbench.open());
  }

  private static async open(): Promise<Workbench> {
    const browser = await chromium.connectOverCDP(required("AGENT_CONTAINERS_CDP"));
    const pages = browser.contexts().flatMap((context) => context.pages());
    for (const page of pages) {
      if ((await page.locator(".monaco-workbench").count()) === 0) continue;
      page.setDefaultTimeout(TIMEOUT_MS);
      return new Workbench(browser, page);
    }
    throw new Error(`No workbench among the pages ${pages.map((page) => page.url()).join(", ")}`);
  }

  static async disconnect(): Promise<void> {
    const workbench = await Workbench.shared;
    Workbench.shared = undefined;
    await workbench?.browser.close();
  }

  /** Shows a view container by its title in the activity bar; one that is shown stays so. */
  async openContainer(title: string): Promise<void> {
    const tab = this.activity(title);
    if ((await tab.getAttribute("aria-expanded")) !== "true") await tab.click();
    await this.page.locator(".part.sidebar .title-label", { hasText: title }).waitFor();
  }

  /** @returns the number on a view container's icon, as it is shown; nothing when there is none. */
  async badge(title: string): Promise<string | undefined> {
    const badge = this.activity(title).locator(".badge-content");
    return (await badge.isVisible()) ? await textOf(badge) : undefined;
  }

  tree(view: string): Tree {
    return new Tree(this.page, this.page.getByRole("tree", { name: view, exact: true }));
  }

  welcome(view: string): Welcome {
    return new Welcome(this.section(view).locator(".welcome-view"));
  }

  /** @returns what a view says above its rows; nothing when it says nothing. */
  async viewMessage(view: string): Promise<string> {
    const message = this.section(view).locator(".message");
    return (await message.isVisible()) ? await textOf(message) : "";
  }

  /** Clicks an icon in a view's title. */
  async clickViewAction(view: string, action: string): Promise<void> {
    // A view that has its container for itself puts its actions into the container's title.
    const titles = this.section(view).locator(".pane-header").or(this.page.locator(".part.sidebar > .title"));
    await this.section(view).hover();
    await titles.getByRole("button", { name: action }).first().click();
  }

  /** Runs a command through the palette. @param title as the palette shows it, `Category: Title`. */
  async runCommand(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    await this.quickInput.type(`>${title}`);
    await this.quickInput.pick(title);
    // What the command asks appears in the same place.
    await this.page.getByPlaceholder("Type the name of a command to run.").waitFor({ state: "hidden" });
  }

  /** Leaves whatever asks something, dialogs, menus and inputs, as Escape does. @returns what they said. */
  async dismissAll(): Promise<string[]> {
    const asking = this.page.locator(".monaco-dialog-box, .context-view .monaco-menu, .quick-input-widget");
    const left: string[] = [];
    // Each Escape closes one at most; what does not heed it stays.
    for (let presses = 0; presses < 5; presses += 1) {
      const shown = await asking.filter({ visible: true }).all();
      if (shown.length === 0) break;
      if (presses === 0) left.push(...(await Promise.all(shown.map(textOf))));
      await this.page.keyboard.press("Escape");
      await this.page.waitForTimeout(200);
    }
    return left;
  }

  /** @returns the path of a PNG of the whole window. */
  async screenshot(name: string): Promise<string> {
    const folder = required("AGENT_CONTAINERS_SCREENSHOTS");
    await mkdir(folder, { recursive: true });
    const path = join(folder, `${name}.png`);
    // Not in the middle of a movement.
    await this.page.screenshot({ path, animations: "disabled" });
    return path;
  }

  private activity(title: string): Locator {
    return this.page.locator(".part.activitybar").getByRole("tab", { name: startingWith(title) });
  }

  private section(view: string): Locator {
    return this.page.locator(".pane", {
      has: this.page.locator(`.pane-header[aria-label="${view} Section"]`),
    });
  }
}
