import { describe, expect, it } from "vitest";
import { createLiveStats } from "../../../src/app/liveStats.js";
import { labelKeys } from "../../../src/model/labels.js";
import { Store } from "../../../src/store/store.js";
import type { Clock } from "../../../src/util/clock.js";
import { nullLogger } from "../../../src/util/log.js";
import { createFakeEngine } from "../../fakes/fakeEngine.js";
import { agentContext } from "../../support/agentContext.js";
import { eventually } from "../../support/collect.js";

async function rig() {
  const engine = createFakeEngine();
  const store = new Store(nullLogger);
  const agentId = "agent-1";
  const { id } = await engine.createContainer("fixer", {
    Image: "debian:bookworm-slim",
    Labels: { [labelKeys.agentId]: agentId },
  });
  /** What the pump does after an event. */
  const see = async () => {
    const facts = await engine.inspectContainer(id);
    store.dispatch({ type: "seen", engine: engine.name, container: { facts, hasKey: false } });
  };
  const slept: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        slept.push(resolve);
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      }),
  };
  const context = agentContext(engine, "/nowhere");
  const live = createLiveStats({ store, contextOf: () => Promise.resolve(context), clock, log: nullLogger });
  const streams = () => engine.requests.filter(({ method }) => method === "stats").length;
  const seen: (number | undefined)[] = [];
  const watch = () => live.watch(agentId, (stats) => seen.push(stats?.cpuPercent));
  return { engine, id, agentId, see, live, slept, streams, seen, watch };
}

describe("live stats", () => {
  it("are streamed once for all who look, and not for nobody", async () => {
    const { engine, id, see, live, streams, seen, watch } = await rig();
    await engine.startContainer(id);
    await see();
    expect(streams()).toBe(0);
    const watching = [watch(), watch()];
    await eventually("both have the first sample", () => seen.length === 2);
    engine.measure(id, { cpuPercent: 42 });
    await eventually("both have the second", () => seen.length === 4);
    expect(live.latest(id)?.cpuPercent).toBe(42);
    // Who comes later need not wait.
    watching.push(watch());
    expect(seen.at(-1)).toBe(42);
    for (const one of watching) one.dispose();
    expect(live.latest(id)).toBeUndefined();
    engine.measure(id, { cpuPercent: 43 });
    await see();
    expect(seen).toHaveLength(5);
    expect(streams()).toBe(1);
  });

  it("end with the agent, and begin again with it", async () => {
    const { engine, id, see, streams, seen, watch } = await rig();
    const watching = watch();
    expect(streams()).toBe(0);
    await engine.startContainer(id);
    await see();
    await eventually("a sample", () => seen.length === 1);
    await engine.stopContainer(id, 1);
    await see();
    expect(seen.at(-1)).toBeUndefined();
    await engine.startContainer(id);
    await see();
    await eventually("another sample", () => seen.at(-1) !== undefined);
    expect(streams()).toBe(2);
    watching.dispose();
  });

  it("that break while the agent runs are opened again, after a while and not at once", async () => {
    const { engine, id, see, slept, streams, seen, watch } = await rig();
    await engine.startContainer(id);
    await see();
    engine.failNext("stats", new Error("broken"));
    const watching = watch();
    await eventually("it waits", () => slept.length === 1);
    expect(streams()).toBe(1);
    slept[0]?.();
    await eventually("a sample", () => seen.length === 1);
    watching.dispose();
  });

  it("of an agent that does not run are none", async () => {
    const { see, streams, seen, watch, live } = await rig();
    await see();
    watch();
    await see();
    expect([streams(), seen.length]).toEqual([0, 0]);
    live.dispose();
  });
});
