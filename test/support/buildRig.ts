import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { buildBase, checkBuild } from "../../src/agents/buildBase.js";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { builtFromLabel } from "../../src/image/builtImage.js";
import type { Endpoint } from "../../src/model/endpoint.js";
import { parseSpec } from "../../src/model/spec.js";
import type { RegistryLogin } from "../../src/ports/build.js";
import type { Engine, ImageFacts } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { agentContext } from "./agentContext.js";
import { uniqueName } from "./testEngine.js";

/** A folder to build from, and the product's own build of it on one engine. */
export interface BuildRig {
  engine: Engine;
  folder: string;
  /** A word that no other build has, so that nothing of it is cached yet. */
  salt: string;
  /** Writes files below the folder: path → text. */
  write(files: Record<string, string>): Promise<void>;
  /** Builds `Dockerfile`, or what is given; the log, also of a build that failed, is in `lines`. */
  build(
    dockerfile?: { path?: string; context?: string; args?: string[] },
    options?: { signal?: AbortSignal; logins?: Record<string, RegistryLogin> },
  ): Promise<ImageFacts>;
  lines: string[];
  /** Removes the folder and the images that were built from it. */
  dispose(): Promise<void>;
}

export async function createBuildRig(
  endpoint: Endpoint,
  env: Record<string, string> = {},
): Promise<BuildRig> {
  const engine = createDockerEngine(endpoint, { log: nullLogger });
  const folder = await mkdtemp(join(tmpdir(), "agent-containers-build-"));
  const lines: string[] = [];
  const context = agentContext(engine, folder, {
    startArgs: { cwd: folder, env, readFile: (path) => readFileSync(path), platform: "linux", arch: "x64" },
    onBuildOutput: (_name, line) => lines.push(line),
  });
  return {
    engine,
    folder,
    salt: uniqueName("salt"),
    lines,
    async write(files) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), text);
      }
    },
    async build(dockerfile = {}, { signal, logins } = {}) {
      lines.length = 0;
      const spec = parseSpec({ dockerfile: { path: "Dockerfile", ...dockerfile } });
      if (!spec.dockerfile) throw new Error("a dockerfile was given");
      const checked = await checkBuild(context, spec.dockerfile, signal);
      const work = { signal, onProgress: () => undefined };
      return buildBase(context, checked, { name: "test", pull: false, logins }, work);
    },
    async dispose() {
      const images = await engine.listImages(builtFromLabel);
      const mine = images.filter(({ labels }) => labels[builtFromLabel]?.startsWith(`${folder}/`));
      for (const { tags } of mine) for (const tag of tags) await engine.removeImage(tag);
      for (const { id } of mine) await engine.removeImage(id);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
