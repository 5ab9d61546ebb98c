// @ts-check
// The real VS Code without a desktop: its server, from npm.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { aptInstall, canInstall } from "./apt.mjs";
import { cached } from "./cache.mjs";
import { run, say } from "./run.mjs";

const CODE_SERVER = "4.139.1";
/** The Node that this version of the server wants, as the npm package that holds its binary. */
const NODE = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
const NODE_VERSION = "24.21.0";
const BUILD_PACKAGES = [
  "g++",
  "make",
  "pkg-config",
  "python3",
  "libkrb5-dev",
  "libsecret-1-dev",
  "libx11-dev",
  "libxkbfile-dev",
];

/**
 * Makes sure of the VS Code server: about two minutes and 800 MB the first time, nothing afterwards.
 * @returns {Promise<{ node: string, main: string }>} The Node to run it with, and its entry.
 */
export async function vscodeServer() {
  const folder = await cached(`code-server-${CODE_SERVER}`, install);
  const modules = join(folder, "node_modules");
  return {
    node: join(modules, NODE, "bin", "node"),
    main: join(modules, "code-server", "lib", "vscode", "out", "server-main.js"),
  };
}

/** @param {string} folder */
async function install(folder) {
  if (canInstall()) await aptInstall(BUILD_PACKAGES, "to compile VS Code's native modules");
  say(`Installing the VS Code server (code-server ${CODE_SERVER}); this takes about two minutes, once`);
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true }));
  const log = join(folder, "install.log");
  const npm = ["install", "--no-audit", "--no-fund"];
  await run("npm", [...npm, `${NODE}@${NODE_VERSION}`], { cwd: folder, log });
  // Its native modules are compiled by the Node that comes first on PATH, with the headers beside that Node.
  const node = join(folder, "node_modules", NODE);
  // Below `npm test` the outer npm says which Node it runs on, and code-server's own check believes it.
  const env = {
    ...process.env,
    npm_config_user_agent: undefined,
    npm_node_execpath: undefined,
    PATH: `${join(node, "bin")}:${process.env.PATH ?? ""}`,
    npm_config_nodedir: node,
  };
  await run("npm", [...npm, `code-server@${CODE_SERVER}`], { cwd: folder, env, log });
}
