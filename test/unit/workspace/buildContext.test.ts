import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { nullLogger } from "../../../src/util/log.js";
import { packBuildContext, readBuildSource } from "../../../src/workspace/buildContext.js";

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
