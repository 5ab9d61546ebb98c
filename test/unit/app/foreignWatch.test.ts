import { afterEach, describe, expect, it } from "vitest";
import { createForeignRows } from "../../../src/app/foreignRows.js";
import { watchForeign, type ForeignWatch } from "../../../src/app/foreignWatch.js";
import { parseEndpoint } from "../../../src/model/endpoint.js";
import { labelKeys } from "../../../src/model/labels.js";
import { describeAgent } from "../../../src/store/describe.js";
import { Store } from "../../../src/store/store.js";
import { nullLogger } from "../../../src/util/log.js";
import { fakeClock } from "../../fakes/fakeClock.js";
import { createFakeEngine } from "../../fakes/fakeEngine.js";
import { agentContext } from "../../support/agentContext.js";
import { eventually } from "../../support/collect.js";

const body = (Labels: Record<string, string>) => ({ Image: "debian:bookworm-slim", Cmd: ["sleep"], Labels });
const mngr = (name: string) =>
  body({ "com.imbue.mngr.host-id": `host-${name}`, "com.imbue.mngr.host-name": name });
const openlattice = body({ "openlattice.managed": "true", "openlattice.node-id": "node-1" });
const keeper = body({ "com.imbue.mngr.type": "state-container", "com.imbue.mngr.host-id": "host-keeper" });
const sshFiles = { identityFile: "", knownHostsFile: "", configFile: "" };

describe("watchForeign", () => {
  const watches: ForeignWatch[] = [];
  afterEach(() => watches.splice(0).forEach((watch) => watch.dispose()));

  function start() {
    const engine = createFakeEngine();
    const store = new Store(nullLogger);
    const clock = fakeClock();
    const contextOf = async () => agentContext(engine, "/nowhere");
    const watch = watchForeign({ store, contextOf, clock, log: nullLogger });
    watches.push(watch);
    const link = (kind: "live" | "connecting") =>
      store.dispatch({ type: "link", engine: engine.name, link: { kind } });
    const rowsOf = createForeignRows((name, entry) =>
      describeAgent(entry, {
        engine: name,
        endpoint: parseEndpoint("unix:///x"),
        sshFilesOf: () => sshFiles,
      }),
    );
    const rows = () => rowsOf(store.state).map(({ agent }) => `${agent.name} ${agent.state}`);
    const count = (method: string) => engine.requests.filter((request) => request.method === method).length;
    return { engine, store, clock, watch, link, rowsOf, rows, count };
  }

  it("asks nothing before our own are listed, then follows without another list", async () => {
    const { engine, store, link, rows, rowsOf, count } = start();
    const host = await engine.createContainer("m1", mngr("borrowed"));
    await engine.createContainer("node", openlattice);
    await engine.createContainer("keeper", keeper);
    link("connecting");
    expect(count("events") + count("listContainers")).toBe(0);
    link("live");
    await eventually("they are listed", () => rows().length === 2);
    expect(rows()).toEqual(["borrowed failed", "node failed"]);
    await eventually("mngr's records were read", () => store.state.engines.get(engine.name)?.mngrRecords);
    const lists = count("listContainers");
    const [, node] = rowsOf(store.state);
    await engine.startContainer(host.id);
    await eventually("it runs", () => rows().includes("borrowed running"));
    // What did not change keeps its identity.
    expect(rowsOf(store.state)[1]).toBe(node);
    const late = await engine.createContainer("late", mngr("late"));
    await eventually("a new one is shown", () => rows().includes("late failed"));
    await engine.createContainer("keeper-2", keeper);
    await engine.removeContainer(late.id);
    await eventually("it is gone", () => rows().length === 2);
    expect(count("listContainers")).toBe(lists);
    expect(count("events")).toBe(2);
  });

  it("never takes an agent of ours for another's, nor another's for ours", async () => {
    const { engine, store, link, rows } = start();
    link("live");
    await eventually("it is followed", () => store.state.engines.get(engine.name)?.foreign);
    const both = { ...mngr("x").Labels, [labelKeys.agentId]: "agent-x", [labelKeys.agentName]: "x" };
    await engine.createContainer("both", body(both));
    await engine.createContainer("m1", mngr("borrowed"));
    await eventually("the other is shown", () => rows().length > 0);
    expect(rows()).toEqual(["borrowed failed"]);
    expect(store.state.engines.get(engine.name)?.entries.size).toBe(0);
  });

  it("keeps what was seen while the engine is away, and lists anew when it is back", async () => {
    const { engine, link, rows, count, clock } = start();
    const host = await engine.createContainer("m1", mngr("borrowed"));
    link("live");
    await eventually("it is listed", () => rows().length === 1);
    link("connecting");
    await engine.startContainer(host.id);
    expect(rows()).toEqual(["borrowed failed"]);
    link("live");
    await eventually("as it is now", () => rows().join() === "borrowed running");
    expect(count("events")).toBe(4);
    // No timer while the streams live.
    expect(clock.slept).toEqual([]);
  });

  it("opens a stream that broke again, though the engine stayed", async () => {
    const { engine, link, rows, clock } = start();
    const host = await engine.createContainer("m1", mngr("borrowed"));
    link("live");
    await eventually("it is listed", () => rows().length === 1);
    engine.breakEvents();
    await eventually("it waits a moment", () => clock.slept.length > 0);
    await engine.startContainer(host.id);
    await eventually("it is seen", () => rows().join() === "borrowed running");
  });

  it("forgets them when nobody wants to see them any more", async () => {
    const { engine, store, link, rows, watch } = start();
    await engine.createContainer("m1", mngr("borrowed"));
    link("live");
    await eventually("it is listed", () => rows().length === 1);
    watch.dispose();
    expect(rows()).toEqual([]);
    await engine.createContainer("m2", mngr("late"));
    expect(store.state.engines.get(engine.name)?.foreign).toBeUndefined();
  });
});
