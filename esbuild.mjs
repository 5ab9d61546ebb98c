// Builds both doors, the extension and the command line, in one pass, so that they share their chunks.
// `node esbuild.mjs` builds; `--watch` rebuilds on change; `--dev` leaves names readable and adds source maps.
import * as esbuild from "esbuild";
import { rm, writeFile } from "node:fs/promises";

const watch = process.argv.includes("--watch");
const dev = watch || process.argv.includes("--dev");

/**
 * What packages bring and we never call, by who asks for it: dockerode's modem, in whose place we have our own, its
 * BuildKit session and progress, which bring gRPC and read files beside themselves, and its packing of build contexts;
 * ssh2's server, HTTP agents and key generator.
 */
const uncalled = [
  {
    of: /[\\/]dockerode[\\/]/,
    what: /^(docker-modem|tar-fs|@balena\/dockerignore|\.\/session|\.\/buildkit)$/,
  },
  { of: /[\\/]ssh2[\\/]lib[\\/]index\.js$/, what: /^\.\/(server|http-agents|keygen)\.js$/ },
];

/**
 * Left out besides: ssh2's optional native modules, which would not load in another Electron; ssh2 catches the error
 * and uses its own code.
 * @type {esbuild.Plugin}
 */
const leaveOut = {
  name: "leave-out",
  setup(build) {
    build.onResolve({ filter: /\.node$|^cpu-features$/ }, ({ path }) => ({ path, namespace: "absent" }));
    build.onLoad({ filter: /.*/, namespace: "absent" }, ({ path }) => ({
      contents: `throw new Error(${JSON.stringify(`${path} is not shipped`)});`,
    }));
    build.onResolve({ filter: /./ }, ({ path, importer }) =>
      uncalled.some(({ of, what }) => of.test(importer) && what.test(path))
        ? { path, namespace: "uncalled" }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "uncalled" }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error(${JSON.stringify(`${path} is not shipped`)}); };`,
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
  // Bundled CommonJS packages (dockerode, ssh2) use Node's require() and __dirname.
  banner: {
    js: [
      'import { createRequire as createRequireOfNode } from "node:module";',
      "const require = createRequireOfNode(import.meta.url);",
      "const __dirname = import.meta.dirname;",
    ].join(" "),
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
