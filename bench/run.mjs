// `npm run bench [create] [activation] [transport] [snapshot] [list] [memory]`: measures what the user waits for, as ratios to a floor in the same process.
import { build } from "esbuild";
import { mkdtemp, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { options } from "../esbuild.mjs";

const all = ["create", "activation", "transport", "snapshot", "list", "memory"];
const chosen = process.argv.slice(2);
// Inside node_modules, so that what is external is found from there.
const folder = await mkdtemp(join("node_modules", ".bench-"));
try {
  await build({
    ...options,
    entryPoints: Object.fromEntries(all.map((name) => [name, `bench/${name}.ts`])),
    outdir: folder,
    external: ["esbuild"],
    packages: undefined,
  });
  for (const name of chosen.length > 0 ? chosen : all) {
    if (!all.includes(name)) throw new Error(`There is no bench "${name}"; there are ${all.join(", ")}.`);
    /** @type {unknown} */
    const loaded = await import(pathToFileURL(resolve(folder, `${name}.js`)).href);
    const bench = /** @type {{ run: () => Promise<void> }} */ (loaded);
    await bench.run();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit();
