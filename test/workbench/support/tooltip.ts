import type { Locator, Page } from "playwright-core";
import { textOf } from "./text";

/** Puts the mouse on an element. @returns the text of the tooltip that appears. */
export async function tooltipOf(page: Page, element: Locator): Promise<string> {
  const tooltip = page.locator(".workbench-hover");
  // One from before may still be up.
  await page.locator(".part.editor").hover();
  await tooltip.waitFor({ state: "hidden" });
  await element.hover();
  await tooltip.waitFor();
  return await textOf(tooltip);
}
