import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { expect, it } from "vitest";

it("never locks up, however often the collector runs in the middle of it", { timeout: 60_000 }, async () => {
  const { outputFiles } = await build({
    entryPoints: [resolve("src/ssh/keyPair.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    write: false,
  });
  const code = `${outputFiles[0]?.text ?? ""}
    for (let n = 0; n < 3000; n += 1) generateKeyPair("x");
    process.stdout.write("done");`;
  // A small young generation makes the collector run all the time; a process that hangs is ended.
  const args = ["--max-semi-space-size=1", "--input-type=module", "-e", code];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
  expect(stdout).toBe("done");
});
