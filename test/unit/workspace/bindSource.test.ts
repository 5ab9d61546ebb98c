import { execFile } from "node:child_process";
import { chmod, chown, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkBindSource } from "../../../src/workspace/bindSource.js";

const run = promisify(execFile);
let root = "";
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "ac-bind-source-")));
  await chmod(root, 0o755);
  await mkdir(join(root, "folder"));
  await writeFile(join(root, "file"), "");
});
afterAll(() => rm(root, { recursive: true, force: true }));

const isRoot = process.getuid?.() === 0;

describe("the folder of a mounted workspace", () => {
  it("gives the agent's user the ids of the local one", async () => {
    const source = join(root, "folder");
    expect(await checkBindSource(source, { uid: 501, gid: 20 })).toEqual({
      source,
      ids: { uid: 501, gid: 20 },
    });
    expect(await checkBindSource(source, undefined)).toEqual({ source });
  });

  it.skipIf(!isRoot)("gives it the ids of its owner where the local user is root", async () => {
    const source = join(root, "folder");
    const user = { uid: 0, gid: 0 };
    expect(await checkBindSource(source, user)).toEqual({ source });
    await chown(source, 1234, 1235);
    expect(await checkBindSource(source, user)).toEqual({ source, ids: { uid: 1234, gid: 1235 } });
    await chown(source, 0, 0);
  });

  it("is refused where it is no folder", async () => {
    for (const path of ["file", "none"]) {
      await expect(checkBindSource(join(root, path), undefined)).rejects.toMatchObject({
        code: "WORKSPACE_INVALID",
        field: "workspace.source",
      });
    }
  });

  // In a process of another user's: root may do everything.
  it.skipIf(!isRoot).each([
    [0o700, "may not be read"],
    [0o755, "may not be written"],
  ])("of mode %o, another's, is refused: it %s", async (mode, sentence) => {
    const source = join(root, `mode-${mode.toString(8)}`);
    await mkdir(source);
    await chmod(source, mode);
    const entry = resolve("src/workspace/bindSource.ts");
    const contents = `import { checkBindSource } from ${JSON.stringify(entry)};
      await checkBindSource(process.argv[1], undefined).then(
        () => console.log("taken"),
        (error) => console.log(JSON.stringify([error.code, error.field, error.message])),
      );`;
    const bundled = await build({
      stdin: { contents, resolveDir: resolve(".") },
      bundle: true,
      platform: "node",
      format: "esm",
      write: false,
    });
    const args = ["--input-type=module", "-e", bundled.outputFiles[0]?.text ?? "", source];
    const { stdout } = await run(process.execPath, args, { uid: 4321, gid: 4321, cwd: "/", env: {} });
    expect(JSON.parse(stdout)).toEqual([
      "WORKSPACE_INVALID",
      "workspace.source",
      expect.stringContaining(sentence),
    ]);
  });
});
