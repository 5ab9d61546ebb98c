#!/usr/bin/env node
// @ts-check
// What @vscode/test-electron starts in place of VS Code: takes VS Code's flags, opens the desktop VS Code or the
// browser workbench with the extension and the driver installed, and ends with the tests' result.
import { existsSync, watch } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { linkExtension } from "../../scripts/extensions.mjs";
import { endGroup, writeFirstSettings } from "../../scripts/serve.mjs";
import { readJson } from "../../scripts/setup/json.mjs";
import { openBrowser, openDesktop } from "./open.mjs";

/** The tests may take this long altogether. */
const LIMIT_MS = Number(process.env.AGENT_CONTAINERS_WORKBENCH_LIMIT_MS ?? 15 * 60_000);

const { values: flags, positionals } = parseArgs({ strict: false, allowPositionals: true });
const resultFile = process.env.AGENT_CONTAINERS_RESULT ?? "";
const window = {
  folder: positionals[0] ?? "/",
  userDataDir: required("user-data-dir"),
  extensionsDir: required("extensions-dir"),
  debuggingPort: required("remote-debugging-port"),
  env: { ...process.env, AGENT_CONTAINERS_TEST_MODULE: required("extensionTestsPath") },
};

/** Settles with why we end: a sentence, or nothing when the result is there. @type {(problem: string) => void} */
let end = () => undefined;
const ended = /** @type {Promise<string>} */ (new Promise((resolve) => (end = resolve)));
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.on(signal, () => end(`Interrupted (${signal}).`));
}
// The parent holds the other end of our stdin, so this tells that it is gone.
process.stdin.resume().on("end", () => end("The test runner is gone."));
const limit = setTimeout(() => end(`The tests took more than ${String(LIMIT_MS / 1000)} s.`), LIMIT_MS);
const watcher = watch(dirname(resultFile), () => existsSync(resultFile) && end(""));

for (const folder of [required("extensionDevelopmentPath"), join(import.meta.dirname, "driver")]) {
  await linkExtension(window.extensionsDir, folder);
}
await writeFirstSettings(window.userDataDir);
/** @type {import("node:child_process").ChildProcess[]} */
const children = [];
process.on("exit", () => children.forEach(endGroup));
const desktop = process.env.AGENT_CONTAINERS_DESKTOP;
const open = desktop ? openDesktop(desktop, window) : openBrowser(window);
// The result is written before VS Code ends, where it ends by itself.
const log = await open((child, name) => {
  children.push(child);
  child.once("error", (error) => end(`${name} did not start: ${error.message}`));
  child.once("exit", (code) =>
    end(existsSync(resultFile) ? "" : `${name} ended with status ${String(code)}.`),
  );
});

const problem = await ended;
clearTimeout(limit);
watcher.close();
if (problem !== "") console.error(`${problem}\n--- the last lines of its log:\n${await log()}`);
const result = /** @type {{ failed: number } | undefined} */ (await readJson(resultFile));
process.exit(problem === "" && result?.failed === 0 ? 0 : 1);

/** @param {string} flag @returns {string} */
function required(flag) {
  const value = flags[flag];
  if (typeof value !== "string") throw new Error(`--${flag}=… is missing`);
  return value;
}
