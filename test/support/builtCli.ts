import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { options } from "../../esbuild.mjs";

/** The command line as it is shipped: bundled, minified, in chunks. Each run is a process of its own. */
export interface BuiltCli {
  /** Runs it in `home`, on the tests' engine, with `--json`; gives its one document. */
  json(home: string, args: readonly string[], input?: string): Promise<Record<string, unknown>>;
  dispose(): Promise<void>;
}

export async function buildCli(): Promise<BuiltCli> {
  const dist = await mkdtemp(join(tmpdir(), "agent-containers-cli-"));
  await build({ ...options, entryPoints: { cli: resolve("src/cli.ts") }, outdir: dist });
  await writeFile(join(dist, "package.json"), '{"type":"module"}');
  return {
    async json(home, args, input) {
      const child = spawn(process.execPath, [join(dist, "cli.js"), "--json", ...args], {
        cwd: home,
        env: { PATH: process.env.PATH, HOME: home, DOCKER_HOST: process.env.AGENT_CONTAINERS_TEST_ENGINE },
      });
      child.stdin.end(input);
      const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
      if (!stdout) throw new Error(stderr);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    dispose: () => rm(dist, { recursive: true, force: true }),
  };
}
