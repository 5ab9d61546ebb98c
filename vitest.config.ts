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

const project = (name: string, timeout: number, retry = 0) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout: timeout, hookTimeout: timeout, retry },
});

// Real engines, sshds and networks on two busy cores: once more, before a test of theirs counts as failed.
export default defineConfig({
  plugins: [shellScripts],
  test: {
    projects: [project("unit", 10_000), project("contract", 60_000, 1), project("engine", 180_000, 1)],
    // Engine suites share two cores and one engine with everything else.
    maxWorkers: 2,
  },
});
