import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { options } from "../../../esbuild.mjs";

interface Output {
  entryPoint?: string;
  inputs: Record<string, unknown>;
  imports: { path: string; kind: string }[];
}

describe("ssh2", () => {
  let outputs: Record<string, Output> = {};
  beforeAll(async () => {
    const { metafile } = await build({ ...options, write: false, metafile: true });
    outputs = metafile.outputs;
  });

  it("is loaded by no door, and not with an engine, but when an ssh endpoint connects", () => {
    const holds = (path: string) =>
      Object.keys(outputs[path]?.inputs ?? {}).some((input) => input.includes("node_modules/ssh2/"));
    const reach = (path: string, seen = new Set<string>()): Set<string> => {
      if (seen.has(path)) return seen;
      seen.add(path);
      for (const next of outputs[path]?.imports ?? []) {
        if (next.kind === "import-statement") reach(next.path, seen);
      }
      return seen;
    };
    const chunkOf = (source: string) =>
      Object.keys(outputs).find((path) => Object.keys(outputs[path]?.inputs ?? {}).includes(source)) ?? "";
    for (const root of ["src/extension.ts", "src/cli.ts", "src/engine/dockerEngine.ts"].map(chunkOf)) {
      expect([...reach(root)].filter(holds)).toEqual([]);
    }
    // What the others must not reach is reached from there.
    expect([...reach(chunkOf("src/engine/sshLink.ts"))].filter(holds)).not.toEqual([]);
  });
});
