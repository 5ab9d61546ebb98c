// @ts-check
// The browser workbench: VS Code's server, and the address under which it opens.
import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { hasCode } from "./setup/cache.mjs";
import { lastLines } from "./setup/run.mjs";
import { vscodeServer } from "./setup/vscodeServer.mjs";

/** What a new user folder starts with: nothing that covers the workbench or asks questions. */
const FIRST_SETTINGS = {
  "security.workspace.trust.enabled": false,
  "chat.disableAIFeatures": true,
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.colorTheme": "Default Dark Modern",
  "extensions.autoCheckUpdates": false,
  "telemetry.telemetryLevel": "off",
  // On the desktop these would be the operating system's own, which no test can click.
  "window.dialogStyle": "custom",
  "window.menuStyle": "custom",
};

/**
 * @typedef {object} ServeOptions
 * @property {string} userDataDir
 * @property {string} extensionsDir
 * @property {string} log The file that gets the server's output.
 * @property {NodeJS.ProcessEnv} [env] The environment of the server and so of the extension host.
 * @property {string} [token] What the address must carry, so that nobody else on this machine gets in.
 * @property {number} [port] The one to take if it is free.
 *
 * @typedef {object} Served
 * @property {number} port
 * @property {import("node:child_process").ChildProcess} process Leads a process group of its own.
 * @property {() => Promise<string>} tail The end of the log.
 */

/**
 * Starts VS Code's server and waits until it listens.
 * @param {ServeOptions} options
 * @returns {Promise<Served>}
 * @throws {Error} When it ends before, with the end of its log.
 */
export async function serve(options) {
  const { node, main } = await vscodeServer();
  await writeFirstSettings(options.userDataDir);
  const port = await freePort(options.port);
  const who =
    options.token === undefined ? ["--without-connection-token"] : ["--connection-token", options.token];
  const log = createWriteStream(options.log);
  const server = spawn(
    node,
    [
      ...[main, "--host", "127.0.0.1", "--port", String(port), ...who],
      ...["--accept-server-license-terms", "--telemetry-level", "off"],
      ...["--user-data-dir", options.userDataDir, "--server-data-dir", options.userDataDir],
      ...["--extensions-dir", options.extensionsDir],
    ],
    { env: options.env ?? process.env, detached: true, stdio: ["ignore", "pipe", "pipe"] },
  );
  const tail = async () => lastLines(await readFile(options.log, "utf8"), 40);
  await new Promise((resolve, reject) => {
    server.stdout.on("data", (/** @type {Buffer} */ data) => {
      log.write(data);
      if (data.includes("Extension host agent listening on")) resolve(undefined);
    });
    server.stderr.pipe(log);
    server.once("error", reject);
    server.once("exit", (code) => {
      tail().then(
        (text) => reject(new Error(`VS Code's server ended with status ${String(code)}.\n${text}`)),
        reject,
      );
    });
  });
  return { port, process: server, tail };
}

/**
 * The workbench's address.
 * @param {number} port
 * @param {string} folder The folder to open.
 * @param {string} [token]
 */
export function workbenchUrl(port, folder, token) {
  const url = new URL(`http://127.0.0.1:${String(port)}/`);
  url.searchParams.set("folder", folder);
  if (token !== undefined) url.searchParams.set("tkn", token);
  return url.href;
}

/**
 * @param {number} [wanted]
 * @returns {Promise<number>} A port that is free on the loopback interface at this moment: the wanted one, or any.
 */
export async function freePort(wanted = 0) {
  const server = createServer();
  const listening = new Promise((resolve) => {
    server.once("listening", () => resolve(true)).once("error", () => resolve(false));
  });
  server.listen(wanted, "127.0.0.1");
  if (!(await listening)) return await freePort();
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("The system gave no port.");
  return address.port;
}

/**
 * Writes the settings of a new user folder; leaves those of an old one alone.
 * @param {string} userDataDir
 */
export async function writeFirstSettings(userDataDir) {
  await mkdir(join(userDataDir, "User"), { recursive: true });
  try {
    await writeFile(join(userDataDir, "User", "settings.json"), JSON.stringify(FIRST_SETTINGS, null, 2), {
      flag: "wx",
    });
  } catch (error) {
    if (!hasCode(error, "EEXIST")) throw error;
  }
}

/**
 * Ends a process and all it started.
 * @param {import("node:child_process").ChildProcess} child The leader of a process group.
 */
export function endGroup(child) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (!hasCode(error, "ESRCH")) throw error;
  }
}
