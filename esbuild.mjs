// Builds both doors, the extension and the command line, in one pass, so that they share their chunks.
// `node esbuild.mjs` builds; `--watch` rebuilds on change; `--dev` leaves names readable and adds source maps.
import * as esbuild from "esbuild";
import { rm, writeFile } from "node:fs/promises";

const watch = process.argv.includes("--watch");
const dev = watch || process.argv.includes("--dev");

/**
 * ssh2's optional native modules and docker-modem's BuildKit session are never shipped: the first would not load
 * in another Electron, the second reads a file beside itself. ssh2 catches the error and uses its own code.
 * @type {esbuild.Plugin}
 */
const leaveOut = {
  name: "leave-out",
  setup(build) {
    build.onResolve({ filter: /\.node$|^cpu-features$|^@grpc\/|^protobufjs/ }, ({ path }) => ({
      path,
      namespace: "left-out",
    }));
    build.onLoad({ filter: /.*/, namespace: "left-out" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not shipped`)});`,
    }));
  },
};

/** @type {esbuild.BuildOptions} */
export const options = {
  entryPoints: { extension: "src/extension.ts", cli: "src/cli.ts" },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node20",
  external: ["vscode"],
  loader: { ".sh": "text" },
  chunkNames: "chunks/[name]-[hash]",
  // Bundled CommonJS packages (dockerode, ssh2) call require() for Node's own modules.
  banner: {
    js: 'import { createRequire as createRequireOfNode } from "node:module"; const require = createRequireOfNode(import.meta.url);',
  },
  minify: !dev,
  sourcemap: dev,
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [leaveOut],
};

if (import.meta.filename === process.argv[1]) {
  await rm("dist", { recursive: true, force: true });
  if (watch) {
    const context = await esbuild.context(options);
    await context.watch();
  } else {
    const result = await esbuild.build(options);
    await writeFile("dist/meta.json", JSON.stringify(result.metafile));
  }
}
