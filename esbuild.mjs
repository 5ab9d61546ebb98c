// Builds both doors, the extension and the command line, in one pass, so that they share their chunks.
// `node esbuild.mjs` builds; `--watch` rebuilds on change; `--dev` leaves names readable and adds source maps.
import * as esbuild from "esbuild";
import { readFile, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";

const watch = process.argv.includes("--watch");
const dev = watch || process.argv.includes("--dev");

/**
 * What packages bring and we never call, by who asks for it: dockerode's modem, in whose place we have our own, its
 * BuildKit session and progress, which bring gRPC and read files beside themselves, its packing of build contexts, and
 * its share of Swarm; ssh2's server, HTTP agents, key generator, SFTP (OpenSSH's own `sftp` is used), and its
 * decryption of private keys: none is ever given a passphrase, an agent holds those; and zod's way from its schemas to
 * JSON Schema.
 */
const uncalled = [
  {
    of: /[\\/]dockerode[\\/]/,
    what: /^(docker-modem|tar-fs|@balena\/dockerignore|\.\/(session|buildkit|service|plugin|secret|config|task|node))$/,
  },
  {
    of: /[\\/]ssh2[\\/]lib[\\/]/,
    what: /^(\.\/(server|http-agents|keygen|protocol\/SFTP)\.js|bcrypt-pbkdf)$/,
  },
  {
    of: /[\\/]zod[\\/]v4[\\/]classic[\\/]schemas\.js$/,
    what: /^\.\.\/core\/(json-schema-processors|to-json-schema)\.js$/,
  },
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

/**
 * What Node gives to CommonJS, for the bundled packages that are written so (dockerode, ssh2): their `require` of its
 * modules, and `__dirname`, which is the folder of the chunk. A `require` at the top of every chunk would take its room
 * in all of them.
 * @type {esbuild.Plugin}
 */
const nodeRequire = {
  name: "node-require",
  setup(build) {
    build.onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === "require-call" && isBuiltin(path) ? { path, namespace: "required" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "required" }, ({ path }) => ({
      contents: `module.exports = require("node-require").nodeRequire(${JSON.stringify(path)});`,
    }));
    build.onLoad({ filter: /[\\/]node_modules[\\/].*\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      if (!source.includes("__dirname")) return undefined;
      return { contents: source.replace(/\b__dirname\b/g, 'require("node-require").dirname') };
    });
    build.onResolve({ filter: /^node-require$/ }, ({ path }) => ({ path, namespace: "node-require" }));
    build.onLoad({ filter: /./, namespace: "node-require" }, () => ({
      contents: `import { createRequire } from "node:module";
        export const nodeRequire = createRequire(import.meta.url);
        export const dirname = import.meta.dirname;`,
    }));
  },
};

const source = join(import.meta.dirname, "src");
/** Small ones that the main chunk shares with what the command line loads, too: in one file, which all chunks take. */
const small = [
  ...["clock", "event", "ownIds", "plainText", "sinks"].map((name) => join(source, "util", `${name}.ts`)),
  ...["agentName", "endpoint", "errors", "size"].map((name) => join(source, "model", `${name}.ts`)),
];

/**
 * Lets the main chunk lie in few files: Node takes most of a millisecond for each that a start loads, and esbuild makes
 * one for each set of chunks that share something. So the editor's lazy chunks import the main one, which is there
 * before any of them, and every chunk the small modules.
 * @type {esbuild.Plugin}
 */
export const oneMain = {
  name: "one-main",
  setup(build) {
    build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
      if (!path.startsWith(source) || small.includes(path)) return undefined;
      const more = path.startsWith(join(source, "vscode")) ? [join(source, "extension.ts"), ...small] : small;
      const imports = more.map((each) => `import ${JSON.stringify(each)};`).join("");
      return { contents: `${await readFile(path, "utf8")}\n${imports}`, loader: "ts" };
    });
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
  minify: !dev,
  sourcemap: dev,
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
  plugins: [leaveOut, nodeRequire, oneMain],
};

/**
 * The pages of webviews, which run in a browser: their script and their style, each one file.
 * @type {esbuild.BuildOptions}
 */
export const webviewOptions = {
  entryPoints: ["src/webview/metrics.ts", "src/webview/metrics.css"],
  outdir: "dist/webview",
  bundle: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  minify: !dev,
  metafile: true,
  legalComments: "none",
  logLevel: "warning",
};

if (import.meta.filename === process.argv[1]) {
  await rm("dist", { recursive: true, force: true });
  if (watch) {
    for (const each of [options, webviewOptions]) await (await esbuild.context(each)).watch();
  } else {
    const [result] = await Promise.all([esbuild.build(options), esbuild.build(webviewOptions)]);
    await writeFile("dist/meta.json", JSON.stringify(result.metafile));
  }
}
