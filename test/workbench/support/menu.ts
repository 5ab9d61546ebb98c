import type { Page } from "playwright-core";
import { eventually } from "./eventually";
import { textsOf } from "./text";

/** @returns the entries of the menu that is open; closes it. */
export async function readMenu(page: Page): Promise<string[]> {
  const menu = page.getByRole("menu").last();
  await menu.waitFor();
  const entries = await textsOf(menu.locator(".action-label:not(.separator)"));
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "hidden" });
  return entries;
}

/** Clicks through an open menu. @param path the titles of the submenus and of the entry. */
export async function clickInMenu(page: Page, path: string[]): Promise<void> {
  const menus = page.getByRole("menu");
  for (const [depth, title] of path.entries()) {
    const entry = menus.nth(depth).getByRole("menuitem", { name: title }).first();
    const openAfterwards = depth === path.length - 1 ? 0 : depth + 2;
    // For 100 ms a new menu ignores the mouse, so that the click that opened it does not choose in it.
    await eventually(async () => {
      await entry.click({ timeout: 1000 });
      await eventually(async () => {
        const open = await menus.count();
        if (open !== openAfterwards) throw new Error(`${open} menus are open after a click on ${title}`);
      }, 300);
    });
  }
}
