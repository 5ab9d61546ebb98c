// @ts-check
import { createHash } from "node:crypto";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { hasCode } from "./setup/cache.mjs";

/**
 * @param {string} folder
 * @returns {Promise<string>} A line for each file and folder in it, with its mode and a hash of its bytes.
 */
export async function fingerprint(folder) {
  try {
    const names = (await readdir(folder, { recursive: true })).sort();
    const lines = await Promise.all(["", ...names].map((name) => line(folder, name)));
    return lines.join("\n");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return "(no such folder)";
    throw error;
  }
}

/** @param {string} folder @param {string} name */
async function line(folder, name) {
  const path = join(folder, name);
  const { mode } = await lstat(path);
  const isFile = (mode & 0o170000) === 0o100000;
  const hash = isFile
    ? createHash("sha256")
        .update(await readFile(path))
        .digest("hex")
    : "";
  return `${mode.toString(8)} ${hash} ${name}`;
}
