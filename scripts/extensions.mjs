// @ts-check
// A folder of installed extensions, as VS Code keeps it.
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readJson } from "./setup/json.mjs";

/**
 * @typedef {{ publisher: string, name: string, version: string }} Manifest
 * @typedef {{ identifier: { id: string } }} Installed
 */

/**
 * Installs an extension from the folder in which it is developed, without copying it. Development mode would do as
 * well, but in the browser it comes with a switch that hides notifications, and under test it refuses modal dialogs.
 * @param {string} extensionsDir
 * @param {string} folder The extension's own; uninstalling in VS Code removes only the link to it.
 */
export async function linkExtension(extensionsDir, folder) {
  const { publisher, name, version } = /** @type {Manifest} */ (await readJson(join(folder, "package.json")));
  const id = `${publisher}.${name}`.toLowerCase();
  const linkName = `${id}-${version}`;
  await mkdir(extensionsDir, { recursive: true });
  await rm(join(extensionsDir, linkName), { force: true });
  await symlink(folder, join(extensionsDir, linkName), "junction");
  const list = join(extensionsDir, "extensions.json");
  const installed = /** @type {Installed[] | undefined} */ (await readJson(list)) ?? [];
  const others = installed.filter((entry) => entry.identifier.id.toLowerCase() !== id);
  const entry = {
    identifier: { id },
    version,
    location: { $mid: 1, path: join(extensionsDir, linkName), scheme: "file" },
    relativeLocation: linkName,
  };
  await writeFile(`${list}.part`, JSON.stringify([...others, entry]));
  await rename(`${list}.part`, list);
}
