import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { extract, pack } from "tar-stream";
import { renderEndpoint } from "../../src/model/endpoint.js";
import { testEndpoint } from "./testEngine.js";

/** An image's layer: a tar archive of these files. */
export async function layerOf(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const layer = pack();
  for (const [name, content] of Object.entries(files)) layer.entry({ name, mode: 0o755 }, content);
  layer.finalize();
  return buffer(layer);
}

/** Bytes that nothing compresses, as a layer. */
export const noise = (bytes: number) => layerOf({ noise: randomBytes(bytes) });

/**
 * Puts an image of one layer on the test engine, said to be for a Linux of `architecture`. Source: the archive format
 * of `docker save`, Docker Image Specification v1.2.
 */
export async function loadImage(reference: string, layer: Buffer, architecture = "amd64"): Promise<void> {
  const diffId = `sha256:${createHash("sha256").update(layer).digest("hex")}`;
  const config = { architecture, os: "linux", config: {}, rootfs: { type: "layers", diff_ids: [diffId] } };
  const archive = pack();
  archive.entry({ name: "layer.tar" }, layer);
  archive.entry({ name: "config.json" }, JSON.stringify(config));
  const manifest = [{ Config: "config.json", RepoTags: [reference], Layers: ["layer.tar"] }];
  archive.entry({ name: "manifest.json" }, JSON.stringify(manifest));
  archive.finalize();
  await load(Readable.from(archive));
}

/** The image `from` once more, said to be for another architecture, and without its labels: its programs run as before. */
export async function relabelImage(from: string, reference: string, architecture: string): Promise<void> {
  const save = spawn("docker", ["-H", renderEndpoint(testEndpoint()), "save", from], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const archive = pack();
  const loading = load(Readable.from(archive));
  for await (const entry of save.stdout.pipe(extract())) {
    const { name } = entry.header;
    if (name === "manifest.json") {
      const [manifest] = JSON.parse((await buffer(entry)).toString()) as Record<string, unknown>[];
      archive.entry({ name }, JSON.stringify([{ ...manifest, RepoTags: [reference] }]));
    } else if (/^[0-9a-f]{64}\.json$/.test(name)) {
      const facts = JSON.parse((await buffer(entry)).toString()) as { config: object };
      // Without labels: a copy of an image of ours would be taken for one.
      const config = { ...facts.config, Labels: {} };
      archive.entry({ name }, JSON.stringify({ ...facts, config, architecture }));
    } else if (name === "repositories") {
      entry.resume();
    } else {
      await pipeline(entry, archive.entry(entry.header));
    }
  }
  archive.finalize();
  await loading;
}

async function load(archive: Readable): Promise<void> {
  const child = spawn("docker", ["-H", renderEndpoint(testEndpoint()), "load", "--quiet"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  const said = buffer(child.stderr);
  await pipeline(archive, child.stdin);
  if ((await ended) !== 0) throw new Error(`docker load: ${(await said).toString()}`);
}
