// @ts-check
// What `npm start` and `npm test` have in common.
import { ensureDependencies, root } from "./setup/dependencies.mjs";
import { ensureBaseImage } from "./setup/baseImage.mjs";
import { elapsed, run, say } from "./setup/run.mjs";

/**
 * Makes sure of node_modules, an engine with the base image, and a fresh build in dist.
 * @template {{ endpoint: string }} T
 * @param {() => Promise<T>} findEngine
 * @returns {Promise<T>} The engine.
 */
export async function prepare(findEngine) {
  const since = performance.now();
  await ensureDependencies();
  const engine = await findEngine();
  await ensureBaseImage(engine.endpoint);
  await run(process.execPath, ["esbuild.mjs"], { cwd: root });
  say(`Ready after ${elapsed(since)}`);
  return engine;
}
