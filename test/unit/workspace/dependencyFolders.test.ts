import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findDependencyFolders } from "../../../src/workspace/dependencyFolders.js";
import { makeMountPoints, removeMountPoints } from "../../../src/workspace/mountPoints.js";
import { rejection } from "../../support/collect.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ac-folders-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const write = async (name: string, text = "") => {
  await mkdir(join(root, name, ".."), { recursive: true });
  await writeFile(join(root, name), text);
};
const found = async () => (await findDependencyFolders(root)).folders;

describe("dependency folders", () => {
  it.each([
    ["package.json", ["node_modules"]],
    ["pyproject.toml", [".venv"]],
    ["requirements.txt", [".venv"]],
    ["setup.py", [".venv"]],
    ["Pipfile", [".venv"]],
    ["composer.json", ["vendor"]],
    ["go.mod", []],
    ["Gemfile", []],
  ])("of a project with %s are %j", async (manifest, folders) => {
    await write(manifest, "no json");
    expect(await found()).toEqual(folders);
  });

  it("are venv where only that is there", async () => {
    await write("setup.py");
    await mkdir(join(root, "venv"));
    expect(await found()).toEqual(["venv"]);
    await mkdir(join(root, ".venv"));
    expect(await found()).toEqual([".venv"]);
  });

  it("are told by manifests that are files, and not found in a folder that is none", async () => {
    await mkdir(join(root, "package.json"));
    expect(await found()).toEqual([]);
    expect(await findDependencyFolders(join(root, "nowhere"))).toEqual({ folders: [], leftOut: [] });
  });

  it.each([
    ['{"workspaces": ["packages/*", "./app/"]}'],
    ['{"workspaces": {"packages": ["packages/*", "app", "../outside", "/etc", "**", "packages/{a,b}"]}}'],
  ])("are those of workspaces too: %s", async (text) => {
    await write("package.json", text);
    for (const member of ["packages/b", "packages/a", "app"]) await write(`${member}/package.json`);
    await write("packages/README");
    await write("packages/no-manifest/x");
    expect(await found()).toEqual([
      "node_modules",
      "app/node_modules",
      "packages/a/node_modules",
      "packages/b/node_modules",
    ]);
  });

  it("are left out where a file or a link is in their place", async () => {
    await write("package.json");
    await write("composer.json");
    await write("vendor");
    await symlink("/tmp", join(root, "node_modules"));
    expect(await findDependencyFolders(root)).toEqual({ folders: [], leftOut: ["node_modules", "vendor"] });
  });
});

describe("their mount points", () => {
  it("are made where they are missing, and taken back while they are empty", async () => {
    await mkdir(join(root, "vendor"));
    const made = await makeMountPoints(root, ["node_modules", "vendor", ".venv"], undefined);
    expect(made).toEqual([join(root, "node_modules"), join(root, ".venv")]);
    expect((await stat(join(root, ".venv"))).mode & 0o777).toBe(0o755);
    await write(".venv/x");
    await removeMountPoints(made);
    expect((await readdir(root)).sort()).toEqual([".venv", "vendor"]);
  });

  it("that cannot be made leave nothing, and say why", async () => {
    const error = await rejection(makeMountPoints(root, ["node_modules", "none/node_modules"], undefined));
    expect(error).toMatchObject({ code: "WORKSPACE_INVALID", field: "workspace.dependencies" });
    expect(await readdir(root)).toEqual([]);
  });
});
