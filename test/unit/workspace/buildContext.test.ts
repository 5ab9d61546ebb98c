import { mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { nullLogger } from "../../../src/util/log.js";
import { packBuildContext, readBuildSource } from "../../../src/workspace/buildContext.js";
import { untar } from "../../contract/rig.js";

test.each([
  ["of another alphabet", "0ä", undefined],
  ["that is long", `0${"x".repeat(120)}`, undefined],
  ["of a link to another alphabet", "0", "ä"],
  ["of a link to far away", "0", "x".repeat(120)],
])("a context whose first name is one %s begins with a header all the same", async (_what, name, target) => {
  const folder = await mkdtemp(join(tmpdir(), "ac-context-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, "Dockerfile"), "FROM scratch\n");
  if (target === undefined) await writeFile(join(folder, name), "");
  else await symlink(target, join(folder, name));
  const source = await readBuildSource({ path: "Dockerfile" }, folder);
  const tar = await buffer(packBuildContext(source, { log: nullLogger }));
  expect(tar.toString("latin1", 156, 157)).toBe("5");
  expect(Object.keys(await untar(tar))).toEqual(target === undefined ? [name, "Dockerfile"] : ["Dockerfile"]);
});

test("a context begins with the header of an entry: BuildKit takes a pax record for a Dockerfile", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ac-context-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of ["Dockerfile", "a.txt"]) {
    await writeFile(join(folder, name), "FROM scratch\n");
    await utimes(join(folder, name), 1_700_000_000.25, 1_700_000_000.25);
  }
  const source = await readBuildSource({ path: "Dockerfile" }, folder);
  const tar = await buffer(packBuildContext(source, { log: nullLogger }));
  const typeFlag = tar.toString("latin1", 156, 157);
  expect(typeFlag).toBe("0");
});
