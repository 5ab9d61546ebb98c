// @ts-check
// Starting other programs, and saying what is going on.
import { spawn } from "node:child_process";
import { accessSync, constants, createWriteStream } from "node:fs";
import { delimiter, join } from "node:path";

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env] The whole environment; the present one when absent.
 * @property {string} [log] A file that gets stdout and stderr as well.
 * @property {string} [input] What it reads on stdin.
 * @property {number} [timeoutMs] The program is killed after this long.
 */

/** Prints one progress line. @param {string} line */
export function say(line) {
  console.log(`• ${line}`);
}

/** @param {string} name @returns {string | undefined} An environment variable; an empty one is as good as none. */
export function fromEnvironment(name) {
  return process.env[name] === "" ? undefined : process.env[name];
}

/** @param {number} since A `performance.now()`. @returns {string} For example `3.2 s`. */
export function elapsed(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/** @param {string} name @returns {string | undefined} The full path of a program on PATH. */
export function which(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (folder !== "" && isExecutable(path)) return path;
  }
  return undefined;
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>} Its stdout, trimmed.
 * @throws {Error} When it cannot be started, fails or takes too long; the message ends with its last lines.
 */
export async function run(command, args, options = {}) {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ?? process.env,
    stdio: "pipe",
    timeout: options.timeoutMs,
    killSignal: "SIGKILL",
  });
  // A program that ends without reading it all is judged by its exit status.
  child.stdin.on("error", () => undefined).end(options.input);
  const log = options.log === undefined ? undefined : createWriteStream(options.log, { flags: "a" });
  let stdout = "";
  let all = "";
  child.stdout.on("data", (/** @type {Buffer} */ data) => {
    stdout += data.toString();
    all += data.toString();
    log?.write(data);
  });
  child.stderr.on("data", (/** @type {Buffer} */ data) => {
    all += data.toString();
    log?.write(data);
  });
  /** @type {[number | null, NodeJS.Signals | null]} */
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (...end) => resolve(end));
  });
  log?.end();
  if (code === 0) return stdout.trim();
  const end = signal === null ? `exit status ${String(code)}` : `killed by ${signal}`;
  throw new Error(`${command} ${args.join(" ")}: ${end}\n${lastLines(all)}`);
}

/**
 * Runs a program with our own terminal as its input and output.
 * @param {string} command
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<number>} Its exit status; 128 and more for a signal, as in a shell.
 */
export async function runVisibly(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: "inherit" });
  return await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}

/** @param {string} text @param {number} [count] */
export function lastLines(text, count = 20) {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}
