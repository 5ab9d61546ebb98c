import { describe, expect, it, vi } from "vitest";
import type { Picture } from "../../../src/app/core.js";
import { labelKeys } from "../../../src/model/labels.js";
import { describeAgent } from "../../../src/store/describe.js";
import { reduce, type Message } from "../../../src/store/reduce.js";
import { createAgentRows } from "../../../src/store/rows.js";
import { emptyState, type State } from "../../../src/store/state.js";
import { usualArrangement, type Arrangement } from "../../../src/vscode/arrangement.js";
import { createSteady } from "../../../src/vscode/steady.js";
import { english } from "../../../src/vscode/text.js";
import { TreeRows, type Redraw } from "../../../src/vscode/treeRows.js";
import type { ContainerFacts } from "../../../src/ports/engine.js";
import { aPicture, anEngine, aRow, refused } from "./rows.js";

const engine = "unix:///var/run/docker.sock";
const input = (picture: Picture, arrangement: Partial<Arrangement> = {}) => ({
  picture,
  arrangement: { ...usualArrangement, ...arrangement },
  projects: [],
  snapshots: [],
  now: Date.parse("2026-01-01T00:10:00Z"),
});
const labels = (rows: TreeRows, redraw: Redraw) =>
  redraw === "all" ? "all" : redraw.map((node) => rows.itemOf(node)?.label);

describe("TreeRows", () => {
  const one = aRow({ id: "a", name: "one" });
  const two = aRow({ id: "b", name: "two", project: "web" });

  it("draws the row that changed, the same object for the same agent", () => {
    const rows = new TreeRows(english);
    expect(rows.update(input(aPicture([one, two])))).toBe("all");
    const before = rows.roots;
    expect(rows.update(input(aPicture([one, two])))).toEqual([]);
    const paused = aRow({ id: "b", name: "two", project: "web", state: "paused" });
    expect(labels(rows, rows.update(input(aPicture([one, paused]))))).toEqual(["two"]);
    expect(rows.roots[1]).toBe(before[1]);
    expect(rows.roots[1]).toMatchObject({ row: paused });
    expect(rows.update(input(aPicture([one])))).toBe("all");
  });

  it("draws a group anew when what stands below it comes, goes or counts otherwise", () => {
    const rows = new TreeRows(english);
    const byState = (all: Picture["agents"]) => rows.update(input(aPicture(all), { grouping: "state" }));
    const stopped = aRow({ id: "b", name: "two", state: "stopped" });
    byState([one, stopped]);
    const [running] = rows.roots;
    expect(running && rows.itemOf(running)).toMatchObject({ label: "running", description: "1" });
    expect(byState([one, aRow({ id: "b", name: "two", state: "running" })])).toBe("all");
    const third = aRow({ id: "c", name: "three" });
    expect(labels(rows, byState([one, aRow({ id: "b", name: "two" }), third]))).toEqual(["running"]);
    const [child] = running ? rows.childrenOf(running) : [];
    expect(child && rows.parentOf(child)).toBe(running);
  });

  it("draws only the row of the agent that was measured, and only where that shows", () => {
    const used = { cpuPercent: 12.4, memoryUsedMiB: 340.2, memoryLimitMiB: 2048 };
    const measured = new Map([["b", used]]);
    const rows = new TreeRows(english, (agentId) => measured.get(agentId));
    const shown = input(aPicture([one, two]), { grouping: "project" });
    rows.update(shown);
    measured.set("b", { ...used, cpuPercent: 80 });
    const redraw = rows.measured("b", shown.now);
    expect(labels(rows, redraw)).toEqual(["two"]);
    expect(redraw[0] && rows.itemOf(redraw[0])?.description).toContain("80 %");
    expect(redraw[0] && rows.parentOf(redraw[0])).toMatchObject({ key: "web" });
    expect(rows.measured("b", shown.now)).toEqual([]);
    expect(rows.update(shown)).toEqual([]);
  });

  it("knows which rows are still listed, ports below them too", () => {
    const endpoint = { type: "tcp", host: "127.0.0.1", port: 32768, containerPort: 22 } as const;
    const withPort = { ...one, agent: { ...one.agent, endpoints: [endpoint] } };
    const rows = new TreeRows(english);
    rows.update(input(aPicture([withPort, two])));
    const [first, second] = rows.roots;
    const [port] = first ? rows.childrenOf(first) : [];
    if (!first || !second || !port) throw new Error("rows are missing");
    const listed = () => [first, second, port].map((node) => rows.has(node));
    expect(listed()).toEqual([true, true, true]);
    rows.update(input(aPicture([one, two])));
    expect(listed()).toEqual([true, true, false]);
    rows.update(input(aPicture([two])));
    expect(listed()).toEqual([false, true, false]);
  });

  it("renders ages anew when it is looked at again", () => {
    const rows = new TreeRows(english);
    rows.update(input(aPicture([one])));
    const later = { ...input(aPicture([one])), now: Date.parse("2026-01-03T00:00:00Z") };
    expect(rows.update(later)).toEqual([]);
    expect(labels(rows, rows.update({ ...later, afresh: true }))).toEqual(["one"]);
  });

  it("says that an agent's engine is away, and takes its colour", () => {
    const rows = new TreeRows(english);
    const engines = [anEngine({ kind: "live" }, "unix:///b.sock"), anEngine(refused, engine)];
    rows.update(input(aPicture([one], engines)));
    const [, away] = rows.roots;
    const [agent] = away ? rows.childrenOf(away) : [];
    expect(away && rows.itemOf(away)).toMatchObject({ description: "It refused.", icon: { id: "error" } });
    expect(agent && rows.itemOf(agent)).toMatchObject({
      description: "running · 10 min, when last seen",
      icon: { color: "disabledForeground" },
      contextValue: "agent+running+key+away",
    });
  });

  it("gives the ports of an agent, each below its row", () => {
    const rows = new TreeRows(english);
    const port = { type: "tcp", host: "127.0.0.1", port: 8080, containerPort: 80, url: "http://x" } as const;
    rows.update(input(aPicture([aRow({ endpoints: [port] })])));
    const [agent] = rows.roots;
    const [child] = agent ? rows.childrenOf(agent) : [];
    expect(child && rows.itemOf(child)?.label).toBe("http://x");
    expect(child && rows.parentOf(child)).toBe(agent);
    expect(child && rows.childrenOf(child)).toEqual([]);
  });
});

const facts = (n: number, status: ContainerFacts["status"]): ContainerFacts => ({
  id: `container-${n}`,
  name: `agent-${n}`,
  image: "debian:bookworm-slim",
  labels: {
    [labelKeys.agentId]: `agent-${n}`,
    [labelKeys.agentName]: `agent-${n}`,
    [labelKeys.tags]: JSON.stringify({ team: `team-${n % 7}` }),
    [labelKeys.projectId]: `project-${n % 20}`,
  },
  status,
  createdAt: new Date(0),
  ports: [],
  networks: {},
  mounts: [],
});

/** The way from the engine's message to rows, as the core and the tree go it. */
function pipeline(size: number) {
  let described = 0;
  const rowsOf = createAgentRows((name, entry) => {
    described += 1;
    const sshFilesOf = () => ({ identityFile: "", knownHostsFile: "", configFile: "" });
    return describeAgent(entry, { engine: name, endpoint: { kind: "unix", path: "/x" }, sshFilesOf });
  });
  let state: State = emptyState;
  const tree = new TreeRows(english);
  const dispatch = (message: Message) => (state = reduce(state, message));
  const draw = (grouping: Arrangement["grouping"] = "project"): Redraw => {
    const picture = { agents: rowsOf(state), engines: [...state.engines.values()], settings: new Map() };
    return tree.update(input(picture, { grouping, tagKey: "team" }));
  };
  dispatch({ type: "link", engine, link: { kind: "live" } });
  const containers = Array.from({ length: size }, (_, n) => ({ facts: facts(n, "running"), hasKey: false }));
  dispatch({ type: "listed", engine, containers });
  return { tree, draw, dispatch, described: () => described };
}

describe("five hundred agents", () => {
  it("are grouped in any way without a stall", () => {
    const { tree, draw } = pipeline(500);
    draw();
    const start = performance.now();
    for (const grouping of ["state", "tag", "engine", "project"] as const) expect(draw(grouping)).toBe("all");
    // Generous, for a machine under load: a person notices 100 ms each.
    expect(performance.now() - start).toBeLessThan(400);
    expect(tree.roots).toHaveLength(20);
    expect(tree.roots.flatMap((root) => tree.childrenOf(root))).toHaveLength(500);
  });

  it("cost no more than the one that changes", () => {
    const { tree, draw, dispatch, described } = pipeline(500);
    draw("engine");
    const before = described();
    expect(before).toBe(500);
    dispatch({ type: "seen", engine, container: { facts: facts(250, "paused"), hasKey: false } });
    expect(labels(tree, draw("engine"))).toEqual(["agent-250"]);
    expect(described()).toBe(before + 1);
    // In a group, whose counts change with it.
    draw("project");
    dispatch({ type: "seen", engine, container: { facts: facts(250, "running"), hasKey: false } });
    expect(labels(tree, draw("project"))).toEqual(["project-10"]);
  });

  it("take a burst of a thousand events with a few drawings, and end right", () => {
    vi.useFakeTimers();
    try {
      const { tree, draw, dispatch } = pipeline(500);
      draw("engine");
      let drawings = 0;
      const steady = createSteady(() => {
        drawings += 1;
        draw("engine");
      }, 100);
      // A thousand changes in a second, one each millisecond.
      for (let n = 0; n < 1000; n += 1) {
        const status = n < 500 ? "paused" : "exited";
        dispatch({ type: "seen", engine, container: { facts: facts(n % 500, status), hasKey: false } });
        steady.ask();
        vi.advanceTimersByTime(1);
      }
      vi.advanceTimersByTime(100);
      expect(drawings).toBeGreaterThan(5);
      expect(drawings).toBeLessThanOrEqual(12);
      const states = new Set(
        tree.roots.map((node) => (node.kind === "agent" ? node.row.agent.state : node.kind)),
      );
      expect([...states]).toEqual(["stopped"]);
      expect(vi.getTimerCount()).toBe(0);
      steady.dispose();
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("createSteady", () => {
  it("draws the first change at once, the last always, and nothing after it is disposed", () => {
    vi.useFakeTimers();
    try {
      const work = vi.fn();
      const steady = createSteady(work, 100);
      steady.ask();
      steady.ask();
      vi.advanceTimersByTime(0);
      expect(work).toHaveBeenCalledTimes(1);
      steady.ask();
      vi.advanceTimersByTime(50);
      expect(work).toHaveBeenCalledTimes(1);
      vi.advanceTimersByTime(51);
      expect(work).toHaveBeenCalledTimes(2);
      steady.ask();
      steady.dispose();
      vi.advanceTimersByTime(1000);
      expect(work).toHaveBeenCalledTimes(2);
    } finally {
      vi.useRealTimers();
    }
  });
});
