import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { preparedLabel } from "../../../src/image/preparedImage.js";
import { AgentError } from "../../../src/model/errors.js";
import { labelKeys, roleLabel } from "../../../src/model/labels.js";
import { renderDocument } from "../../../src/storage/stateDocument.js";
import { createStateVolume, type StateVolume } from "../../../src/storage/stateVolume.js";
import { packTar, type TarEntry } from "../../../src/workspace/packTar.js";
import { fakeClock } from "../../fakes/fakeClock.js";
import { eventually } from "../../support/collect.js";
import { createFakeEngine, type FakeEngine } from "../../fakes/fakeEngine.js";

function rig(options: Parameters<typeof createFakeEngine>[0] = {}) {
  const engine = createFakeEngine(options);
  const logged: string[] = [];
  const note = (message: string) => void logged.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  const clock = fakeClock();
  const client = () => createStateVolume({ engine, clock, log });
  return { engine, logged, clock, client, state: client() };
}

const created = (engine: FakeEngine) => engine.requests.filter(({ method }) => method === "createContainer");
const withRole = async (engine: FakeEngine, role: string) => engine.listContainers(`${roleLabel}=${role}`);
const put = (state: StateVolume, id: string, record: Record<string, unknown>) =>
  state.update(id, (before) => ({ ...before, ...record }));
async function overwrite(engine: FakeEngine, name: string, content: string): Promise<void> {
  const [serving] = await withRole(engine, "state");
  const entry: TarEntry = {
    type: "file",
    path: `records/${name}`,
    mode: 0o600,
    uid: 0,
    gid: 0,
    content: Buffer.from(content),
  };
  await engine.putArchive(serving?.id ?? "", "/agent-containers-state", packTar(Readable.from([entry])));
}

describe("the state volume", () => {
  it("reading makes nothing, whatever there is", async () => {
    const { engine, state } = rig();
    expect((await state.read()).size).toBe(0);
    await state.blobs.remove("agent-x/one");
    await expect(state.blobs.read("agent-x/one")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(state.blobs.facts("agent-x/one")).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(created(engine)).toEqual([]);
  });

  it("what one client writes another one reads, in one archive request and then without a list", async () => {
    const { engine, state, client } = rig();
    await put(state, "agent-a", { ended: { at: "1" } });
    const other = client();
    const before = engine.requests.length;
    expect(Object.fromEntries(await other.read())).toEqual({ "agent-a": { ended: { at: "1" } } });
    await other.read();
    expect(engine.requests.slice(before).map(({ method }) => method)).toEqual([
      "listContainers",
      "getArchive",
      "getArchive",
    ]);
    const [serving] = await withRole(engine, "state");
    expect(serving).toMatchObject({ name: "agent-containers-state", status: "created" });
    expect(await withRole(engine, "state-lock")).toEqual([]);
  });

  it("changes that come together go in one revision", async () => {
    const { engine, state } = rig();
    await Promise.all(Array.from({ length: 30 }, (_, n) => put(state, `agent-${n}`, { n })));
    expect((await state.read()).size).toBe(30);
    // The first goes alone, the rest together; and the container that serves.
    expect(created(engine)).toHaveLength(3);
  });

  it("several clients lose nothing, section by section", async () => {
    const { state, client } = rig();
    const clients = [state, client(), client()];
    await Promise.all(
      clients.flatMap((one, who) =>
        Array.from({ length: 5 }, (_, n) =>
          one.update("agent-a", (before) => ({
            ...before,
            [`${who}-${n}`]: 1,
            count: Number(before.count ?? 0) + 1,
          })),
        ),
      ),
    );
    const record = (await state.read()).get("agent-a");
    expect(record?.count).toBe(15);
    expect(Object.keys(record ?? {})).toHaveLength(16);
  });

  it("a lock whose holder died is broken, and who waits says so when it cannot", async () => {
    const { engine, state, clock } = rig();
    await put(state, "agent-a", { x: 1 });
    const body = (await engine.listImages())[0]?.id ?? "";
    const labels = { [roleLabel]: "state-lock", "agent-containers.state-volume": "agent-containers-state" };
    await engine.createContainer("agent-containers-state-lock", { Image: body, Labels: labels });
    await put(state, "agent-a", { y: 2 });
    expect(clock.slept.length).toBeGreaterThan(3);
    expect((await state.read()).get("agent-a")).toEqual({ x: 1, y: 2 });
    // Somebody else's container of that name is not ours to remove.
    await engine.createContainer("agent-containers-state-lock", { Image: body });
    await expect(put(state, "agent-a", { z: 3 })).rejects.toMatchObject({ code: "ENGINE_TIMEOUT" });
  });

  it("a client whose lock was broken while it slept writes again, and loses nothing", async () => {
    const { engine, state, client } = rig();
    await put(state, "agent-a", { count: 1 });
    let slept = false;
    const add = (one: StateVolume, meanwhile?: () => void) =>
      one.update("agent-a", (before) => {
        meanwhile?.();
        return { count: Number(before.count) + 1 };
      });
    const puts = () => engine.requests.filter(({ method }) => method === "putArchive");
    const before = puts().length;
    const go = engine.hang("putArchive");
    const sleeper = add(state, () => (slept = true));
    await eventually("the write", () => puts().length > before);
    expect(slept).toBe(true);
    const [lock] = await withRole(engine, "state-lock");
    await engine.removeContainer(lock?.id ?? "");
    go();
    await Promise.all([sleeper, add(client())]);
    expect((await state.read()).get("agent-a")).toEqual({ count: 3 });
  });

  it("a torn write leaves the revision before it", async () => {
    const { engine, state, client } = rig();
    await put(state, "agent-a", { n: 1 });
    await put(state, "agent-a", { n: 2 });
    await overwrite(engine, "1.json", "half of some");
    expect((await client().read()).get("agent-a")).toEqual({ n: 1 });
    await put(state, "agent-a", { m: 3 });
    expect((await client().read()).get("agent-a")).toEqual({ n: 1, m: 3 });
  });

  it("where nothing can be read it says so, and keeps the files beside", async () => {
    const { engine, state, logged } = rig();
    await put(state, "agent-a", { n: 1 });
    await overwrite(engine, "0.json", "damaged");
    expect((await state.read()).size).toBe(0);
    expect(logged.join()).toContain("nothing in it can be read");
    await put(state, "agent-b", { n: 2 });
    const [serving] = await withRole(engine, "state");
    const kept = [...engine.filesOf(serving?.id ?? "")].filter(([path]) => path.includes("/unreadable/"));
    expect(kept.map(([, { bytes }]) => bytes.toString())).toEqual(["damaged"]);
    expect([...(await state.read()).keys()]).toEqual(["agent-b"]);
  });

  it("a record that cannot be read is reported, and neither hides the others nor is written over", async () => {
    const { engine, state, logged } = rig();
    await put(state, "agent-a", { n: 1 });
    const records = new Map<string, unknown>([
      ["agent-a", { n: 1, future: { kept: true } }],
      ["agent-b", "?"],
    ]);
    const document = { schema: 1, revision: 9, records, rest: {} };
    await overwrite(engine, "0.json", renderDocument(document).toString());
    expect([...(await state.read()).keys()]).toEqual(["agent-a"]);
    expect(logged.join()).toContain("agent-b");
    await expect(put(state, "agent-b", { n: 2 })).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await put(state, "agent-a", { n: 2 });
    expect((await state.read()).get("agent-a")).toEqual({ n: 2, future: { kept: true } });
    await state.update("agent-b", () => undefined);
    await overwrite(engine, "1.json", renderDocument({ ...document, schema: 2, revision: 99 }).toString());
    await overwrite(engine, "0.json", renderDocument({ ...document, schema: 2, revision: 98 }).toString());
    expect((await state.read()).get("agent-a")).toMatchObject({ n: 1 });
    await expect(put(state, "agent-a", {})).rejects.toMatchObject({ code: "UNSUPPORTED" });
  });

  it("takes an image that names no agent, and any other where the likely one is gone", async () => {
    const { engine, state } = rig({ images: [] });
    await expect(put(state, "agent-a", {})).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    engine.addImage("snapshot:1", { labels: { [labelKeys.agentId]: "agent-x", [preparedLabel]: "x" } });
    await expect(put(state, "agent-a", {})).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    engine.addImage("plain:1");
    state.suggestImage("gone:1");
    state.suggestImage("snapshot:1");
    await put(state, "agent-a", {});
    expect(await engine.listContainers(labelKeys.agentId)).toEqual([]);
  });

  it("is removed only when it is empty", async () => {
    const { engine, state } = rig();
    await put(state, "agent-a", { n: 1 });
    await expect(state.remove()).rejects.toMatchObject({ code: "UNSUPPORTED" });
    await state.update("agent-a", () => undefined);
    await state.remove();
    expect(await engine.listVolumes(roleLabel)).toEqual([]);
    expect((await state.read()).size).toBe(0);
    await put(state, "agent-b", { n: 1 });
    expect((await state.read()).size).toBe(1);
  });

  it("is empty only where nothing at all is in it", async () => {
    const { engine, state } = rig();
    const empty = () => state.emptyVolume();
    const refused = () => expect(state.remove()).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect(await empty()).toBeUndefined();
    await put(state, "agent-a", { n: 1 });
    expect(await empty()).toBeUndefined();
    await state.update("agent-a", () => undefined);
    expect(await empty()).toBe("agent-containers-state");
    // A file that is cut off, and one of a newer version.
    const whole = renderDocument({ schema: 1, revision: 9, records: new Map(), rest: {} }).toString();
    await overwrite(engine, "0.json", whole.slice(0, -5));
    expect(await empty()).toBeUndefined();
    await refused();
    const newer = { schema: 2, revision: 10, records: new Map(), rest: {} };
    await overwrite(engine, "0.json", renderDocument(newer).toString());
    expect(await empty()).toBeUndefined();
    await refused();
    await overwrite(engine, "0.json", whole);
    expect(await empty()).toBe("agent-containers-state");
    await state.blobs.write("kept", Readable.from([Buffer.from("x")]));
    expect(await empty()).toBeUndefined();
    await refused();
  });

  it("a failure of the engine fails the writes that were under way, and no later one", async () => {
    const { engine, state } = rig();
    engine.failNext("putArchive", new AgentError("ENGINE_UNREACHABLE", "gone"));
    await expect(put(state, "agent-a", {})).rejects.toMatchObject({ code: "ENGINE_UNREACHABLE" });
    await put(state, "agent-a", { n: 1 });
    expect((await state.read()).get("agent-a")).toEqual({ n: 1 });
  });
});

describe("blobs", () => {
  it("come back byte for byte, in parts, and are replaced and removed whole", async () => {
    const { engine, state } = rig();
    const large = randomBytes(9 * 2 ** 20 + 17);
    const chunks = Array.from({ length: 40 }, (_, n) =>
      large.subarray(n * 240_000, n === 39 ? undefined : (n + 1) * 240_000),
    );
    const facts = await state.blobs.write("agent-a/one", Readable.from(chunks));
    expect(facts.sizeBytes).toBe(large.length);
    expect((await buffer(await state.blobs.read("agent-a/one"))).equals(large)).toBe(true);
    await state.blobs.write("agent-a/one", Readable.from([Buffer.from("small")]));
    expect((await buffer(await state.blobs.read("agent-a/one"))).toString()).toBe("small");
    await state.blobs.write("agent-a/none", Readable.from([]));
    expect(await state.blobs.facts("agent-a/none")).toMatchObject({ sizeBytes: 0 });
    await state.blobs.remove("agent-a");
    await expect(state.blobs.read("agent-a/one")).rejects.toMatchObject({ code: "NOT_FOUND" });
    await state.blobs.write("agent-a/two", Readable.from([Buffer.from("again")]));
    expect(await state.blobs.facts("agent-a/two")).toMatchObject({ sizeBytes: 5 });
    expect(await withRole(engine, "state-transfer")).toEqual([]);
  });

  it("one that was cut off is none, and a path cannot leave the volume", async () => {
    const { engine, state } = rig();
    const broken = new Readable({
      read() {
        this.push(Buffer.alloc(100));
        this.destroy(new Error("the source broke"));
      },
    });
    await expect(state.blobs.write("agent-a/one", broken)).rejects.toThrow("the source broke");
    await expect(state.blobs.read("agent-a/one")).rejects.toMatchObject({ code: "NOT_FOUND" });
    for (const path of ["../x", "a/../../x", "/etc", "", "a//b", ".", "a\nb", "a/.."])
      await expect(state.blobs.write(path, Readable.from([]))).rejects.toMatchObject({
        code: "SPEC_INVALID",
      });
    expect(await withRole(engine, "state-transfer")).toEqual([]);
  });
});
