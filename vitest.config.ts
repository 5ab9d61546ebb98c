import { readFile } from "node:fs/promises";
import { defineConfig } from "vitest/config";

/** Shell scripts are text, as in esbuild.mjs. */
const shellScripts = {
  name: "shell-scripts",
  enforce: "pre" as const,
  async load(id: string) {
    if (!id.endsWith(".sh")) return undefined;
    return `export default ${JSON.stringify(await readFile(id, "utf8"))};`;
  },
};

const project = (name: string, timeout: number) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: timeout, hookTimeout: timeout },
});

export default defineConfig({
  plugins: [shellScripts],
  test: {
    projects: [project("unit", 10_000), project("contract", 60_000), project("engine", 180_000)],
    // Engine suites share two cores and one engine with everything else.
    maxWorkers: 2,
  },
});
