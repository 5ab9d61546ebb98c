// @ts-check
// Two ways to get a real workbench with a debugging port.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { serve, workbenchUrl } from "../../scripts/serve.mjs";
import { chromium } from "../../scripts/setup/chromium.mjs";
import { lastLines } from "../../scripts/setup/run.mjs";

/**
 * @typedef {object} Window
 * @property {string} folder The folder that is opened.
 * @property {string} userDataDir
 * @property {string} extensionsDir
 * @property {string} debuggingPort Where the page answers Chrome's DevTools protocol.
 * @property {NodeJS.ProcessEnv} env The extension host's environment.
 *
 * @typedef {import("node:child_process").ChildProcess} Child
 * @typedef {(child: Child, name: string) => void} Started Is told of each process, a group leader, as it starts.
 * @typedef {(started: Started) => Promise<() => Promise<string>>} Open Opens it; gives a way to read the log's end.
 */

const BROWSER_FLAGS = [
  ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"],
  ...["--disable-background-networking", "--disable-component-update", "--window-size=1440,900"],
  // Timers and painting go on whatever the browser thinks of its window.
  ...["--disable-background-timer-throttling", "--disable-renderer-backgrounding"],
];

/** @param {Window} window @returns {Open} VS Code's server, shown in headless Chromium. */
export function openBrowser({ folder, userDataDir, extensionsDir, debuggingPort, env }) {
  return async (started) => {
    const server = await serve({ userDataDir, extensionsDir, env, log: join(userDataDir, "server.log") });
    started(server.process, "VS Code's server");
    const browser = [
      `--remote-debugging-port=${debuggingPort}`,
      `--user-data-dir=${join(userDataDir, "chromium")}`,
    ];
    const address = workbenchUrl(server.port, folder);
    const log = join(userDataDir, "chromium.log");
    started(start(await chromium(), [...BROWSER_FLAGS, ...browser, address], log, env), "Chromium");
    return server.tail;
  };
}

/**
 * @param {string} executable
 * @param {Window} window
 * @returns {Open} The desktop VS Code.
 */
export function openDesktop(executable, { folder, userDataDir, extensionsDir, debuggingPort, env }) {
  return async (started) => {
    const log = join(userDataDir, "code.log");
    const flags = [
      ...[`--user-data-dir=${userDataDir}`, `--extensions-dir=${extensionsDir}`],
      ...[
        `--remote-debugging-port=${debuggingPort}`,
        "--no-sandbox",
        "--disable-gpu-sandbox",
        "--disable-updates",
      ],
      ...["--skip-welcome", "--skip-release-notes", "--disable-workspace-trust", folder],
    ];
    started(start(executable, flags, log, env), "VS Code");
    return async () => lastLines(await readFile(log, "utf8"), 40);
  };
}

/** @param {string} command @param {string[]} args @param {string} log @param {NodeJS.ProcessEnv} env */
function start(command, args, log, env) {
  const output = openSync(log, "a");
  const child = spawn(command, args, { detached: true, env, stdio: ["ignore", output, output] });
  closeSync(output);
  return child;
}
