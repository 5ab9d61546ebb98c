import { afterEach, describe, expect, it } from "vitest";
import { AgentError } from "../../../src/model/errors.js";
import { labelKeys } from "../../../src/model/labels.js";
import type { Message } from "../../../src/store/reduce.js";
import { Store } from "../../../src/store/store.js";
import { EngineSync } from "../../../src/store/sync.js";
import { nullLogger } from "../../../src/util/log.js";
import { fakeClock } from "../../fakes/fakeClock.js";
import { createFakeEngine, type FakeEngine } from "../../fakes/fakeEngine.js";
import { eventually } from "../../support/collect.js";

const body = (name: string) => ({
  Image: "debian:bookworm-slim",
  Cmd: ["sleep", "1"],
  Labels: { [labelKeys.agentId]: `agent-${name}`, [labelKeys.agentName]: name },
});

interface Rig {
  engine: FakeEngine;
  store: Store;
  messages: Message[];
  sync: EngineSync;
  clock: ReturnType<typeof fakeClock>;
  names(): string[];
  count(method: string): number;
}

describe("EngineSync", () => {
  const rigs: Rig[] = [];
  afterEach(() => rigs.splice(0).forEach(({ sync }) => sync.dispose()));

  function start(engine: FakeEngine, keysHeld: () => Promise<() => boolean> = async () => () => true): Rig {
    const store = new Store(nullLogger);
    const messages: Message[] = [];
    const clock = fakeClock();
    const sync = new EngineSync({
      name: engine.name,
      connect: async () => engine,
      health: async () => ({
        engine: engine.name,
        reachable: true,
        latencyMs: 1,
        version: "1",
        apiVersion: "1.41",
        capabilities: null,
      }),
      keysHeld,
      dispatch: (message) => {
        messages.push(message);
        store.dispatch(message);
      },
      clock,
      log: nullLogger,
    });
    const entries = () => [...(store.state.engines.get(engine.name)?.entries.values() ?? [])];
    const rig: Rig = {
      engine,
      store,
      messages,
      sync,
      clock,
      names: () =>
        entries()
          .map(({ facts }) => `${facts.name} ${facts.status}`)
          .sort(),
      count: (method) => engine.requests.filter((request) => request.method === method).length,
    };
    rigs.push(rig);
    sync.start();
    return rig;
  }
  const live = ({ store, engine }: Rig) =>
    eventually("live", () => store.state.engines.get(engine.name)?.link.kind === "live");

  it("lists once, and then asks for what changed alone", async () => {
    const engine = createFakeEngine();
    const { id } = await engine.createContainer("aa", body("aa"));
    const rig = start(engine);
    await live(rig);
    expect(rig.names()).toEqual(["aa created"]);
    await engine.startContainer(id);
    await eventually("it runs", () => rig.names().join() === "aa running");
    await engine.removeContainer(id);
    await eventually("it is gone", () => rig.names().length === 0);
    expect(rig.count("listContainers")).toBe(1);
    expect(rig.count("inspectContainer")).toBeLessThanOrEqual(3);
  });

  it("asks nothing while nothing changes", async () => {
    const engine = createFakeEngine();
    const rig = start(engine);
    await live(rig);
    await eventually("its health", () => rig.store.state.engines.get(engine.name)?.health);
    const before = engine.requests.length;
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(engine.requests.length).toBe(before);
    expect(rig.clock.slept).toEqual([]);
  });

  it("does not bring back what was destroyed while it was being read", async () => {
    const engine = createFakeEngine();
    let reading: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => (reading = resolve));
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    let looks = 0;
    const rig = start(engine, async () => {
      looks += 1;
      // The first is for the list.
      if (looks > 1) {
        reading();
        await gate;
      }
      return () => true;
    });
    await live(rig);
    const { id } = await engine.createContainer("aa", body("aa"));
    await begun;
    await engine.removeContainer(id);
    await eventually("the event came", () => rig.messages.some(({ type }) => type === "gone"));
    go();
    await engine.createContainer("bb", body("bb"));
    await eventually("the next is there", () => rig.names().includes("bb created"));
    expect(rig.names()).toEqual(["bb created"]);
  });

  it("answers a burst with few requests, and ends right", async () => {
    const engine = createFakeEngine();
    const rig = start(engine);
    await live(rig);
    const ids = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => (await engine.createContainer(`n${n}`, body(`n${n}`))).id),
    );
    await Promise.all(ids.map((id) => engine.startContainer(id)));
    await eventually("all run", () => rig.names().filter((name) => name.endsWith("running")).length === 200);
    expect(rig.count("listContainers")).toBeLessThanOrEqual(20);
    expect(rig.count("inspectContainer")).toBeLessThanOrEqual(250);
  });

  it("says why the engine is lost, comes back by itself, and misses nothing", async () => {
    const engine = createFakeEngine();
    const rig = start(engine);
    await live(rig);
    engine.hang("inspectContainer");
    engine.failNext("listContainers", new AgentError("ENGINE_UNREACHABLE", "Restarting."));
    engine.breakEvents(new AgentError("ENGINE_UNREACHABLE", "The engine went away."));
    await engine.createContainer("while-away", body("while-away"));
    await eventually("it is listed", () => rig.names().includes("while-away created"));
    const downs = rig.messages.flatMap((message) =>
      message.type === "link" && message.link.kind === "down" ? [message.link.problem.message] : [],
    );
    expect(downs).toEqual(["The engine went away.", "Restarting."]);
    expect(rig.clock.slept).toEqual([1000, 2000]);
  });

  it("stops for good when it is disposed", async () => {
    const engine = createFakeEngine();
    const rig = start(engine);
    await live(rig);
    rig.sync.dispose();
    expect(rig.store.state.engines.get(engine.name)?.link.kind).toBe("idle");
    const before = rig.messages.length;
    await engine.createContainer("later", body("later"));
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(rig.messages.length).toBe(before);
    expect(rig.clock.slept).toEqual([]);
  });
});
