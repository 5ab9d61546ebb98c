import { lstat, readdir, readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { packageWorkspaces } from "../model/packageWorkspaces.js";

/** Members of a workspace that get folders of their own; more would slow every start for little. */
const mostMembers = 40;

const pythonManifests = ["pyproject.toml", "requirements.txt", "setup.py", "Pipfile"];

/** What a dependency folder may lie on. */
export interface DependencyFolders {
  /** Relative to the folder, with slashes: `node_modules`, `packages/web/node_modules`, `.venv`. */
  folders: readonly string[];
  /** What is there as a file or a link, which no volume can be mounted on. */
  leftOut: readonly string[];
}

type Kind = "folder" | "file" | "nothing";

/** Never throws: what cannot be looked at is nothing that we know. */
async function kindOf(path: string): Promise<Kind> {
  try {
    return (await lstat(path)).isDirectory() ? "folder" : "file";
  } catch {
    return "nothing";
  }
}

/** The members that `workspaces` of a package.json names: plain folders and `folder/*`. Others are rare, and left. */
async function workspaceMembers(root: string): Promise<string[]> {
  // One that cannot be read has no members that we could know.
  const manifest = await readFile(join(root, "package.json"), "utf8").catch(() => "");
  const patterns = packageWorkspaces(manifest);
  const found: string[] = [];
  for (const pattern of patterns.map((text) => posix.normalize(text).replace(/\/+$/, ""))) {
    const parent = pattern.replace(/\/\*$/, "");
    if (posix.isAbsolute(parent) || parent.split("/").includes("..") || /[*?![\]{}]/.test(parent)) continue;
    if (parent === pattern) found.push(pattern);
    else {
      const entries = await readdir(join(root, parent), { withFileTypes: true }).catch(() => []);
      for (const entry of entries) if (entry.isDirectory()) found.push(posix.join(parent, entry.name));
    }
  }
  const members: string[] = [];
  for (const member of [...new Set(found)].sort().slice(0, mostMembers)) {
    if ((await kindOf(join(root, member, "package.json"))) === "file") members.push(member);
  }
  return members;
}

/**
 * The folders below `root` into which the package managers of its own manifests install (SPEC W3): `node_modules` for
 * package.json and its workspaces; `.venv`, or `venv` where only that is there, for Python; `vendor` for Composer.
 * Reads only names and package.json.
 */
export async function findDependencyFolders(root: string): Promise<DependencyFolders> {
  const has = async (name: string) => (await kindOf(join(root, name))) === "file";
  const wanted: string[] = [];
  if (await has("package.json")) {
    const members = await workspaceMembers(root);
    wanted.push("node_modules", ...members.map((member) => `${member}/node_modules`));
  }
  if ((await Promise.all(pythonManifests.map(has))).includes(true)) {
    const [dotted, plain] = await Promise.all([kindOf(join(root, ".venv")), kindOf(join(root, "venv"))]);
    wanted.push(dotted === "nothing" && plain === "folder" ? "venv" : ".venv");
  }
  if (await has("composer.json")) wanted.push("vendor");
  const kinds = await Promise.all(wanted.map((folder) => kindOf(join(root, folder))));
  return {
    folders: wanted.filter((_, index) => kinds[index] !== "file"),
    leftOut: wanted.filter((_, index) => kinds[index] === "file"),
  };
}
