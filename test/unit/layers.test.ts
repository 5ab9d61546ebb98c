import { build } from "esbuild";
import { builtinModules } from "node:module";
import { beforeAll, describe, expect, it } from "vitest";
import { oneMain, options, webviewOptions } from "../../esbuild.mjs";

/** DESIGN.md's table: what each room may import of ours, and which packages. */
const rooms: Record<string, { rooms: string[]; packages: string[] }> = {
  util: { rooms: [], packages: [] },
  model: { rooms: ["util"], packages: ["zod"] },
  ports: { rooms: ["model", "util"], packages: [] },
  engine: {
    rooms: ["ports", "model", "util"],
    packages: ["dockerode", "docker-modem", "pbf", "ssh2", "zod"],
  },
  ssh: { rooms: ["ports", "model", "util"], packages: ["ssh2"] },
  image: { rooms: ["ports", "model", "util"], packages: [] },
  workspace: {
    rooms: ["ports", "model", "util"],
    packages: ["tar-stream", "ignore", "@balena/dockerignore"],
  },
  secrets: { rooms: ["model", "util"], packages: ["zod"] },
  store: { rooms: ["ports", "model", "util"], packages: [] },
  storage: { rooms: ["workspace", "ports", "model", "util"], packages: ["tar-stream", "zod"] },
  agents: {
    rooms: ["storage", "image", "workspace", "secrets", "ssh", "store", "ports", "model", "util"],
    packages: [],
  },
  app: {
    rooms: [
      "agents",
      "storage",
      "store",
      "workspace",
      "secrets",
      "image",
      "ssh",
      "engine",
      "ports",
      "model",
      "util",
    ],
    packages: [],
  },
  vscode: { rooms: ["app", "agents", "store", "model", "util"], packages: ["vscode", "zod"] },
  webview: { rooms: ["model"], packages: [] },
  "extension.ts": { rooms: ["app", "vscode"], packages: ["vscode"] },
  "cli.ts": { rooms: ["app"], packages: [] },
};

interface Edge {
  from: string;
  to: string;
}

/** `src/ssh/keyPair.ts` → `ssh`; `node_modules/zod/…` → the package; a Node module → undefined. */
function placeOf(path: string): { room?: string; package?: string } {
  const room = /^src\/([^/]+)/.exec(path)?.[1];
  if (room) return { room };
  const bare = path.replace(/^.*node_modules\//, "").replace(/^node:/, "");
  if (builtinModules.includes(bare) || builtinModules.includes(bare.split("/")[0] ?? "")) return {};
  return { package: bare.startsWith("@") ? bare.split("/").slice(0, 2).join("/") : bare.split("/")[0] };
}

describe("the rooms", () => {
  let edges: Edge[] = [];

  beforeAll(async () => {
    const builds = await Promise.all(
      // As the sources are written.
      [{ ...options, plugins: options.plugins?.filter((plugin) => plugin !== oneMain) }, webviewOptions].map(
        (each) => build({ ...each, write: false, minify: false }),
      ),
    );
    edges = builds
      .flatMap(({ metafile }) => Object.entries(metafile?.inputs ?? {}))
      .filter(([from]) => from.startsWith("src/"))
      .flatMap(([from, { imports }]) => imports.map(({ path }) => ({ from, to: path })));
  });

  it("import only what the table allows", () => {
    const forbidden = edges.filter(({ from, to }) => {
      const room = placeOf(from).room ?? "";
      const allowed = rooms[room];
      const place = placeOf(to);
      if (!allowed) return true;
      if (place.room) return place.room !== room && !allowed.rooms.includes(place.room);
      return place.package !== undefined && !allowed.packages.includes(place.package);
    });
    expect(forbidden).toEqual([]);
  });

  it("are all in the table, and were all looked at", () => {
    const seen = new Set(edges.map(({ from }) => placeOf(from).room));
    expect([...seen].sort()).toEqual(
      Object.keys(rooms)
        .filter((room) => room !== "ports")
        .sort(),
    );
  });

  it("keep vscode out of the command line", () => {
    const reach = new Set<string>();
    const visit = (file: string) => {
      if (reach.has(file)) return;
      reach.add(file);
      edges.filter(({ from }) => from === file).forEach(({ to }) => visit(to));
    };
    visit("src/cli.ts");
    expect([...reach].filter((path) => path === "vscode" || path.startsWith("src/vscode/"))).toEqual([]);
  });
});
