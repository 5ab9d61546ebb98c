// @ts-check
// VS Code with the extension, for a person.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { linkExtension } from "./extensions.mjs";
import { endGroup, serve, workbenchUrl } from "./serve.mjs";
import { stateFolder } from "./setup/cache.mjs";
import { root } from "./setup/dependencies.mjs";
import { runVisibly, say } from "./setup/run.mjs";

/** The same on every start if it is free, so that the browser keeps the window's state. */
const PORT = 8377;

/**
 * Opens the desktop VS Code in extension development mode; the command comes back at once.
 * @param {string} code The `code` command.
 * @returns {Promise<number>} Its exit status.
 */
export async function openCode(code) {
  say("Opening VS Code");
  // VS Code refuses to run as root without a folder of its own.
  const own =
    process.getuid?.() === 0 ? [`--user-data-dir=${await stateFolder("code")}`, "--no-sandbox"] : [];
  return await runVisibly(code, [...own, "--new-window", `--extensionDevelopmentPath=${root}`, root]);
}

/** Serves VS Code for the browser until Ctrl-C. */
export async function openInBrowser() {
  const folder = await stateFolder("workbench");
  const extensionsDir = join(folder, "extensions");
  await linkExtension(extensionsDir, root);
  const log = join(folder, "server.log");
  const token = randomBytes(16).toString("hex");
  const server = await serve({
    token,
    userDataDir: join(folder, "user-data"),
    extensionsDir,
    log,
    port: PORT,
  });
  process.on("exit", () => endGroup(server.process));
  say(`VS Code is open at ${workbenchUrl(server.port, root, token)}`);
  say("Ctrl-C ends it");
  /** @type {boolean} */
  const wanted = await new Promise((resolve) => {
    for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
      process.once(signal, () => resolve(true));
    server.process.once("exit", () => resolve(false));
  });
  if (!wanted) throw new Error(`VS Code's server ended.\n${await server.tail()}`);
  process.exit(0);
}
