// @ts-check
// Bundles the suite for the extension host: the runner and each test file, sharing their chunks.
import { mkdir, mkdtemp, readdir } from "node:fs/promises";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { root } from "../../scripts/setup/dependencies.mjs";

/**
 * @param {string} folder The folder whose `*.test.ts` are the suite.
 * @returns {Promise<{ outdir: string, runner: string, tests: string[] }>} The built files. Their folder lies inside
 *   the project, so that mocha and playwright-core are found from there.
 * @throws {Error} When something does not compile; esbuild prints where.
 */
export async function buildSuite(folder) {
  const names = (await readdir(folder))
    .filter((name) => name.endsWith(".test.ts"))
    .map((name) => name.slice(0, -3))
    .sort();
  const ignored = join(root, ".vscode-test");
  await mkdir(ignored, { recursive: true });
  const outdir = await mkdtemp(join(ignored, "suite-"));
  await esbuild.build({
    entryPoints: {
      runner: join(import.meta.dirname, "support", "runner.ts"),
      ...Object.fromEntries(names.map((name) => [name, join(folder, `${name}.ts`)])),
    },
    outdir,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["vscode", "mocha", "playwright-core", "dockerode", "ssh2"],
    loader: { ".sh": "text" },
    sourcemap: "inline",
    logLevel: "warning",
  });
  return {
    outdir,
    runner: join(outdir, "runner.js"),
    tests: names.map((name) => join(outdir, `${name}.js`)),
  };
}
