import { chmod, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { validateWorkspaceSource } from "../../../src/workspace/workspaceSource.js";

let root = "";
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "ac-source-")));
  await mkdir(join(root, "folder"));
  await writeFile(join(root, "file"), "");
  await symlink("folder", join(root, "link"));
  await symlink("nowhere", join(root, "dangling"));
  await mkdir(join(root, "closed"), { mode: 0o000 });
});
afterAll(async () => {
  await chmod(join(root, "closed"), 0o700);
  await rm(root, { recursive: true });
});

describe("the workspace's source", () => {
  it("is a folder, by its real path", async () => {
    expect(await validateWorkspaceSource(join(root, "folder"))).toBe(join(root, "folder"));
    expect(await validateWorkspaceSource(join(root, "link"))).toBe(join(root, "folder"));
  });

  it.each([
    ["folder", "not an absolute path"],
    ["~/x", "not an absolute path"],
    ["/missing", "does not exist"],
    ["/file", "is a file"],
    ["/file/below", "does not exist"],
    ["/dangling", "does not exist"],
    ["/nul\0", "cannot be read"],
  ])("is refused as %j", async (path, sentence) => {
    await expect(validateWorkspaceSource(path.startsWith("/") ? root + path : path)).rejects.toMatchObject({
      code: "WORKSPACE_INVALID",
      field: "workspace.source",
      message: expect.stringContaining(sentence) as string,
      remedy: expect.stringMatching(/\w+/) as string,
    });
  });

  // Root reads everything.
  it.skipIf(process.getuid?.() === 0)("is refused when it may not be read", async () => {
    await expect(validateWorkspaceSource(join(root, "closed"))).rejects.toMatchObject({
      code: "WORKSPACE_INVALID",
      message: expect.stringContaining("may not be read") as string,
    });
  });
});
