// @ts-check
// node_modules.
import { join } from "node:path";
import { readJson } from "./json.mjs";
import { run, say } from "./run.mjs";

/** @typedef {{ integrity?: string, optional?: boolean }} Entry */

/** The project's own folder. */
export const root = join(import.meta.dirname, "..", "..");

/** Installs what package-lock.json names, unless node_modules already holds exactly that. */
export async function ensureDependencies() {
  const [wanted, present] = await Promise.all([
    packages(join(root, "package-lock.json")),
    packages(join(root, "node_modules", ".package-lock.json")),
  ]);
  // Optional packages are those for other platforms.
  const missing = Object.entries(wanted ?? {}).filter(
    ([path, entry]) => path !== "" && !entry.optional && present?.[path]?.integrity !== entry.integrity,
  );
  if (wanted !== undefined && missing.length === 0) return;
  say("Installing the npm packages");
  await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root });
}

/** @param {string} lockFile */
async function packages(lockFile) {
  const lock = /** @type {{ packages: Record<string, Entry> } | undefined} */ (await readJson(lockFile));
  return lock?.packages;
}

if (import.meta.filename === process.argv[1]) await ensureDependencies();
