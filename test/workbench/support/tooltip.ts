import type { Locator, Page } from "playwright-core";
import { eventually } from "./eventually";
import { textOf } from "./text";

/**
 * Puts the mouse on an element, again where the element was drawn anew under it: that takes a tooltip away, as it does
 * for a person, and agents of others come and go above it.
 * @param isIts says whether a tooltip is the one that is meant; a row may have moved away under the mouse.
 * @returns the text of the tooltip that appears.
 */
export async function tooltipOf(
  page: Page,
  element: Locator,
  isIts: (text: string) => boolean = () => true,
): Promise<string> {
  const tooltip = page.locator(".workbench-hover");
  return await eventually(async () => {
    // One from before may still be up.
    await page.locator(".part.editor").hover();
    await tooltip.waitFor({ state: "hidden" });
    await element.hover();
    await tooltip.waitFor({ timeout: 3000 });
    const text = await textOf(tooltip);
    if (!isIts(text)) throw new Error(`another tooltip: ${text}`);
    return text;
  }, 30_000);
}
