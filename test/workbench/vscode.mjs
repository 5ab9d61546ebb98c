// @ts-check
// Which VS Code the suite runs in.
import { join } from "node:path";
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath } from "@vscode/test-electron";
import { root } from "../../scripts/setup/dependencies.mjs";
import { fromEnvironment, run, say } from "../../scripts/setup/run.mjs";
import { vscodeServer } from "../../scripts/setup/vscodeServer.mjs";

/** @typedef {{ desktop?: string }} Vscode The desktop's executable, if it is that. */

/**
 * `AGENT_CONTAINERS_VSCODE` names the executable of a desktop VS Code, or is `browser`. Otherwise the desktop is
 * downloaded where there is a display for it, and the browser workbench serves where there is none or it cannot be had.
 * @returns {Promise<Vscode>}
 */
export async function findVscode() {
  const given = fromEnvironment("AGENT_CONTAINERS_VSCODE");
  if (given !== undefined && given !== "browser") return { desktop: given };
  if (given !== "browser" && hasDisplay()) {
    try {
      return { desktop: await downloadAndUnzipVSCode({ cachePath: join(root, ".vscode-test") }) };
    } catch (error) {
      say(`VS Code cannot be downloaded (${error instanceof Error ? error.message : String(error)})`);
    }
  }
  await vscodeServer();
  return {};
}

function hasDisplay() {
  return (
    process.platform !== "linux" ||
    (fromEnvironment("DISPLAY") ?? fromEnvironment("WAYLAND_DISPLAY")) !== undefined
  );
}

/**
 * Packages the extension and installs it as a user would.
 * @param {Vscode} vscode
 * @param {string} extension Its folder.
 * @param {{ vsix: string, userData: string, extensions: string }} at Where the package, the user's files and the
 *   installed extensions go.
 * @param {Record<string, string>} env
 */
export async function installVsix({ desktop }, extension, at, env) {
  await run(
    join(root, "node_modules", ".bin", "vsce"),
    [
      "package",
      "--no-dependencies",
      "--no-rewrite-relative-links",
      "--allow-missing-repository",
      "--out",
      at.vsix,
    ],
    { cwd: extension },
  );
  const profile = [`--user-data-dir=${at.userData}`, `--extensions-dir=${at.extensions}`];
  const whole = { ...process.env, ...env };
  if (desktop === undefined) {
    const { node, main } = await vscodeServer();
    await run(node, [main, "--accept-server-license-terms", ...profile, "--install-extension", at.vsix], {
      env: whole,
    });
  } else {
    const [cli = desktop, ...args] = resolveCliArgsFromVSCodeExecutablePath(desktop, {
      reuseMachineInstall: true,
    });
    await run(cli, [...args, ...profile, "--install-extension", at.vsix], { env: whole });
  }
}
