import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, pack } from "tar-stream";
import { renderEndpoint } from "../../src/model/endpoint.js";
import type { Engine, ImageFacts } from "../../src/ports/engine.js";
import { inContainer } from "./deriveImage.js";
import { testEndpoint, uniqueName } from "./testEngine.js";

const busybox = process.env.AGENT_CONTAINERS_BUSYBOX;

/** Why tests of Alpine's shape cannot run, in brackets; empty when they can. */
export const busyboxMissing = busybox
  ? ""
  : ` (skipped: ${process.env.AGENT_CONTAINERS_BUSYBOX_SKIPPED ?? "AGENT_CONTAINERS_BUSYBOX is not set"})`;

/**
 * An image of Alpine's shape: Busybox for everything (its ash, adduser, awk, tar), an `apk` that speaks as the real
 * one, which cannot be had here, and glibc in place of musl. `prepared` is where the programs come from. The caller
 * removes it.
 */
export async function makeAlpineImage(engine: Engine, prepared: string): Promise<ImageFacts> {
  if (!busybox) throw new Error("AGENT_CONTAINERS_BUSYBOX is not set");
  const script = await readFile(join(import.meta.dirname, "alpineShape.sh"), "utf8");
  const reference = `${uniqueName("ac-test-base")}:1`;
  const files = pack();
  files.entry({ name: "busybox", mode: 0o755 }, await readFile(busybox));
  files.finalize();
  await inContainer(engine, prepared, script, Readable.from(files), async (id) => {
    const child = spawn("docker", ["-H", renderEndpoint(testEndpoint()), "import", "-", reference], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const said = buffer(child.stderr);
    const archive = (await engine.getArchive(id, "/alpine.tar")).pipe(extract());
    for await (const entry of archive) await pipeline(entry, child.stdin);
    if ((await ended) !== 0) throw new Error(`docker import: ${(await said).toString()}`);
  });
  return engine.inspectImage(reference);
}
