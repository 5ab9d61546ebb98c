// @ts-check
// A browser to show VS Code in.
import { existsSync } from "node:fs";
import { aptInstall } from "./apt.mjs";
import { fromEnvironment, isExecutable, which } from "./run.mjs";

const COMMANDS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const PLACES = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * Finds Chromium or Chrome, or installs Debian's. `AGENT_CONTAINERS_CHROMIUM` names one.
 * @returns {Promise<string>} Its executable.
 */
export async function chromium() {
  const found = fromEnvironment("AGENT_CONTAINERS_CHROMIUM") ?? find() ?? (await playwrights());
  if (found) return found;
  await aptInstall(["chromium", "fonts-dejavu-core"], "to show VS Code in");
  return "/usr/bin/chromium";
}

function find() {
  return COMMANDS.map(which).find((path) => path !== undefined) ?? PLACES.find(isExecutable);
}

/** The one that `npx playwright install chromium` leaves. */
async function playwrights() {
  const path = (await import("playwright-core")).chromium.executablePath();
  return existsSync(path) ? path : undefined;
}
