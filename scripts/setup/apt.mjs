// @ts-check
// Debian packages.
import { existsSync } from "node:fs";
import { withLock } from "./cache.mjs";
import { run, say } from "./run.mjs";

/** @returns {boolean} Whether packages can be installed here without asking anybody. */
export function canInstall() {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version");
}

/**
 * Makes sure that Debian packages are installed.
 * @param {string[]} packages
 * @param {string} purpose For the progress line and the error, for example "to compile VS Code's native modules".
 * @throws {Error} When something is missing and this is not Debian with us as root; says what to install.
 */
export async function aptInstall(packages, purpose) {
  const missing = await notInstalled(packages);
  if (missing.length === 0) return;
  if (!canInstall()) throw new Error(`Please install ${missing.join(", ")} (${purpose}) and try again.`);
  await withLock("apt", async () => {
    say(`Installing ${missing.join(", ")} (${purpose})`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const wait = ["-o", "DPkg::Lock::Timeout=300"];
    await run("apt-get", [...wait, "update"], { env, timeoutMs: 300_000 });
    await run("apt-get", [...wait, "install", "-y", "--no-install-recommends", ...missing], { env });
  });
}

/** @param {string[]} packages @returns {Promise<string[]>} */
async function notInstalled(packages) {
  if (!existsSync("/usr/bin/dpkg-query")) return packages;
  const list = await run("dpkg-query", ["-W", "-f", "${binary:Package} ${db:Status-Status}\n"]);
  const installed = new Set(
    list
      .split("\n")
      .filter((line) => line.endsWith(" installed"))
      .map((line) => line.replace(/[: ].*/, "")),
  );
  return packages.filter((name) => !installed.has(name));
}
