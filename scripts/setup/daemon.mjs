// @ts-check
// A Docker daemon of which we are the ones to start it.
import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { request } from "node:http";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { aptInstall } from "./apt.mjs";
import { hasCode } from "./cache.mjs";
import { parseJson } from "./json.mjs";
import { lastLines } from "./run.mjs";

/** Docker Engine and what it needs for networks of its own; the `docker` command comes with it. */
export async function installDocker() {
  await aptInstall(["docker.io", "iptables", "iproute2"], "Docker Engine");
}

/**
 * Asks an engine on a unix socket for its version.
 * @param {string} socket The socket's path.
 * @returns {Promise<string | undefined>} For example `20.10.24`; nothing when nobody answers within 2 s.
 */
export async function versionAt(socket) {
  return await new Promise((resolve) => {
    const asking = request({ socketPath: socket, path: "/version", timeout: 2000 }, (response) => {
      let body = "";
      response.on("data", (/** @type {Buffer} */ data) => (body += data.toString()));
      response.on("end", () => {
        if (response.statusCode !== 200) return resolve(undefined);
        resolve(/** @type {{ Version: string }} */ (parseJson(body)).Version);
      });
    });
    asking.on("timeout", () => asking.destroy());
    asking.on("error", () => resolve(undefined));
    asking.end();
  });
}

/**
 * Starts a daemon that goes on after we end, and waits until it answers.
 * @param {{ socket: string, pidFile: string, execRoot: string, log: string, prefix?: string[], args?: string[] }} options
 *   With `prefix`, what is put before the command.
 * @returns {Promise<string>} The engine's version.
 * @throws {Error} When it ends at once or is silent for a minute, with the end of its log.
 */
export async function startDaemon({ socket, pidFile, execRoot, log, prefix = [], args = [] }) {
  // After a crash these name processes that are gone, or other programs with the same number.
  await removeStale(pidFile, "dockerd");
  await removeStale(`${execRoot}/containerd/containerd.pid`, "containerd");
  const output = openSync(log, "w");
  const own = ["--host", `unix://${socket}`, "--pidfile", pidFile, "--exec-root", execRoot];
  const [program = "", ...line] = [...prefix, "/usr/sbin/dockerd", ...own, ...args];
  const daemon = spawn(program, line, { cwd: "/", detached: true, stdio: ["ignore", output, output] });
  closeSync(output);
  /** @type {string | undefined} */
  let ended;
  daemon.once("error", (error) => (ended = error.message));
  daemon.once("exit", (code) => (ended = `it ended with status ${String(code)}`));
  daemon.unref();
  for (const limit = Date.now() + 60_000; ended === undefined && Date.now() < limit; await sleep(100)) {
    const version = await versionAt(socket);
    if (version !== undefined) return version;
  }
  const tail = lastLines(await readFile(log, "utf8"));
  throw new Error(`Docker Engine did not start: ${ended ?? "it does not answer"}.\n${tail}`);
}

/** @param {string} pidFile @param {string} program */
async function removeStale(pidFile, program) {
  try {
    const pid = (await readFile(pidFile, "utf8")).trim();
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8");
    if (basename(command.split("\0")[0] ?? "") === program) return;
  } catch (error) {
    if (!hasCode(error, "ENOENT")) throw error;
  }
  await rm(pidFile, { force: true });
}
