import type { FrameLocator, Page } from "playwright-core";

/** @returns the page inside the webview that is shown, whose frame the workbench nests in another. */
export function shownWebview(page: Page): FrameLocator {
  return page.frameLocator("iframe.webview.ready").frameLocator("iframe#active-frame");
}
