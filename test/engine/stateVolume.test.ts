import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { options } from "../../esbuild.mjs";
import { renderEndpoint } from "../../src/model/endpoint.js";
import { labelKeys, roleLabel } from "../../src/model/labels.js";
import type { Engine } from "../../src/ports/engine.js";
import { createStateVolume } from "../../src/storage/stateVolume.js";
import { systemClock } from "../../src/util/clock.js";
import { nullLogger } from "../../src/util/log.js";
import { eventually } from "../support/collect.js";
import { connectTestEngine } from "../support/preparedAgent.js";
import { baseImage, testEndpoint, uniqueName } from "../support/testEngine.js";

const run = promisify(execFile);

/** One client in a process of its own: counts up a record that all share, and writes some of its own. */
const program = `
import { createDockerEngine } from "./src/engine/dockerEngine.js";
import { parseEndpoint } from "./src/model/endpoint.js";
import { createStateVolume } from "./src/storage/stateVolume.js";
import { systemClock } from "./src/util/clock.js";
const [endpoint, volume, name, times] = process.argv.slice(2);
const log = { debug() {}, info() {}, warn: console.error, error: console.error };
const engine = createDockerEngine(parseEndpoint(endpoint), { log });
const state = createStateVolume({ engine, clock: systemClock, log, volume });
for (let n = 0; n < Number(times); n += 1) {
  await state.update("shared", (before) => ({ ...before, count: (before.count ?? 0) + 1, [name + n]: true }));
  await state.update(name, (before) => ({ ...before, ["n" + n]: n }));
}
engine.dispose();
`;

describe("the state volume on a real engine", () => {
  const volume = uniqueName("act-state");
  let engine: Engine;
  let folder: string;
  const client = () => createStateVolume({ engine, clock: systemClock, log: nullLogger, volume });
  const mine = async (role: string) =>
    (await engine.listContainers(`agent-containers.state-volume=${volume}`)).filter(
      ({ labels }) => labels[roleLabel] === role,
    );

  beforeAll(async () => {
    engine = connectTestEngine();
    folder = await mkdtemp(join(tmpdir(), "ac-state-"));
    const { outputFiles } = await build({
      ...options,
      entryPoints: undefined,
      splitting: false,
      metafile: false,
      stdin: { contents: program, resolveDir: resolve(import.meta.dirname, "../.."), loader: "ts" },
      write: false,
    });
    await writeFile(join(folder, "client.mjs"), outputFiles[0]?.text ?? "");
  });

  afterAll(async () => {
    for (const { id } of await engine.listContainers(`agent-containers.state-volume=${volume}`))
      await engine.removeContainer(id);
    await engine.removeVolume(volume);
    engine.dispose();
    await rm(folder, { recursive: true, force: true });
  });

  it("reading makes nothing", async () => {
    expect((await client().read()).size).toBe(0);
    await expect(client().blobs.facts("x")).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await engine.listVolumes(roleLabel)).some(({ name }) => name === volume)).toBe(false);
  });

  it("six processes at once lose no update, and leave one container", async () => {
    const times = 5;
    const names = Array.from({ length: 6 }, (_, n) => `p${n}`);
    const endpoint = renderEndpoint(testEndpoint());
    const outcomes = await Promise.all(
      names.map((name) =>
        run(process.execPath, [join(folder, "client.mjs"), endpoint, volume, name, String(times)]),
      ),
    );
    for (const { stderr } of outcomes) expect(stderr).toBe("");
    const records = await client().read();
    expect(records.get("shared")?.count).toBe(names.length * times);
    for (const name of names) expect(Object.keys(records.get(name) ?? {})).toHaveLength(times);
    expect(await mine("state-lock")).toEqual([]);
    expect((await mine("state")).map(({ status }) => status)).toEqual(["created"]);
  });

  it("is empty when the last record is gone, and then goes itself", async () => {
    const own = uniqueName("act-empty");
    const state = createStateVolume({ engine, clock: systemClock, log: nullLogger, volume: own });
    expect(await state.emptyVolume()).toBeUndefined();
    await state.update("agent-a", () => ({ n: 1 }));
    expect(await state.emptyVolume()).toBeUndefined();
    await state.update("agent-a", () => undefined);
    expect(await state.emptyVolume()).toBe(own);
    await state.remove();
    expect(await state.emptyVolume()).toBeUndefined();
    expect((await engine.listVolumes(roleLabel)).some(({ name }) => name === own)).toBe(false);
  });

  it("a lock that a killed process left is broken", async () => {
    const endpoint = renderEndpoint(testEndpoint());
    const args = [join(folder, "client.mjs"), endpoint, volume, "killed", "1000"];
    const child = execFile(process.execPath, args);
    await eventually("the lock", async () => (await mine("state-lock")).length > 0);
    child.kill("SIGKILL");
    await client().update("after", () => ({ here: true }));
    expect((await client().read()).get("after")).toEqual({ here: true });
    expect((await client().read()).get("shared")?.count).toBeGreaterThanOrEqual(30);
  });

  it("outlives the container that serves it and the image that this was made from", async () => {
    const image = `agent-containers-test:${uniqueName()}`;
    const { id } = await engine.createContainer(uniqueName(), { Image: baseImage, Cmd: [volume] });
    await engine.commitContainer(id, { reference: image, pause: false });
    await engine.removeContainer(id);
    for (const one of await mine("state")) await engine.removeContainer(one.id);
    expect((await client().read()).size).toBe(0);
    const writer = client();
    writer.suggestImage(image);
    await writer.update("later", () => ({ n: 1 }));
    const [serving] = await mine("state");
    expect((await engine.inspectContainer(serving?.id ?? "")).labels[labelKeys.agentId]).toBeUndefined();
    // With force, as `docker rmi -f` does: a container that does not run does not keep its image.
    await run("docker", ["-H", renderEndpoint(testEndpoint()), "rmi", "-f", image]);
    expect((await client().read()).get("shared")?.count).toBeGreaterThanOrEqual(30);
    await client().update("later", ({ n }) => ({ n: Number(n) + 1 }));
    expect((await client().read()).get("later")).toEqual({ n: 2 });
  });

  it("streams 160 MB in and out in bounded memory", async () => {
    const { blobs } = client();
    const chunk = randomBytes(2 ** 20);
    const sent = createHash("sha256");
    let peak = 0;
    const look = () => (peak = Math.max(peak, process.memoryUsage().arrayBuffers));
    const before = process.memoryUsage().arrayBuffers;
    const source = Readable.from(
      (function* () {
        for (let n = 0; n < 160; n += 1) {
          look();
          sent.update(chunk);
          yield chunk;
        }
      })(),
    );
    const facts = await blobs.write("agent-a/snap", source);
    expect(facts).toEqual({ sizeBytes: 160 * 2 ** 20, sha256: sent.digest("hex") });
    expect(await blobs.facts("agent-a/snap")).toEqual(facts);
    let size = 0;
    for await (const bytes of await blobs.read("agent-a/snap")) {
      look();
      size += (bytes as Buffer).length;
    }
    expect(size).toBe(facts.sizeBytes);
    expect(peak - before).toBeLessThan(80 * 2 ** 20);
    // One that nobody reads to its end leaves nothing behind.
    const half = await blobs.read("agent-a/snap");
    half.destroy();
    await blobs.remove("agent-a/none/below");
    await blobs.remove("agent-a");
    await blobs.remove("agent-a/snap");
    await expect(blobs.read("agent-a/snap")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await blobs.write("agent-a/other", Readable.from([Buffer.from("again")]));
    expect(await blobs.facts("agent-a/other")).toMatchObject({ sizeBytes: 5 });
    await expect.poll(() => mine("state-transfer"), { timeout: 10_000 }).toEqual([]);
  });
});
