// @ts-check
// `npm start`: VS Code with the extension on this folder. `npm start -- --headless`: the main job, without a window.
import { parseArgs } from "node:util";
import { openCode, openInBrowser } from "./open.mjs";
import { mainJob } from "./headless.mjs";
import { prepare } from "./prepare.mjs";
import { which } from "./setup/run.mjs";
import { userEngine } from "./setup/userEngine.mjs";

try {
  const { values } = parseArgs({ options: { headless: { type: "boolean" }, browser: { type: "boolean" } } });
  const { endpoint } = await prepare(userEngine);
  const desktop = values.browser ? undefined : which("code");
  if (values.headless) await mainJob(endpoint);
  else if (desktop) process.exitCode = await openCode(desktop);
  else await openInBrowser();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
