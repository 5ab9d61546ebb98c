import { describe, expect, it } from "vitest";
import { agentItem } from "../../../src/vscode/agentItem.js";
import { usualArrangement, type Arrangement } from "../../../src/vscode/arrangement.js";
import { arrangeRows } from "../../../src/vscode/arrangeRows.js";
import { readCall, namedTargets } from "../../../src/vscode/call.js";
import { groupItem } from "../../../src/vscode/groupItem.js";
import { shellArguments } from "../../../src/vscode/shellCommand.js";
import { english } from "../../../src/vscode/text.js";
import { TreeRows } from "../../../src/vscode/treeRows.js";
import { viewState } from "../../../src/vscode/viewState.js";
import { aPicture, aRow, anEngine, refused } from "./rows.js";

const containerId = "ab".repeat(32);
const [here, there] = ["unix:///var/run/docker.sock", "unix:///b.sock"];
const foreign = aRow(
  { id: "host-1", name: "borrowed", managedBy: "mngr", type: "mngr", containerId, ssh: null },
  { key: containerId },
);
const input = (picture: ReturnType<typeof aPicture>, arrangement: Partial<Arrangement> = {}) => ({
  picture,
  arrangement: { ...usualArrangement, ...arrangement },
  projects: [],
  snapshots: [],
  now: Date.parse("2026-01-01T00:10:00Z"),
});
const labelsOf = (rows: TreeRows, nodes = rows.roots): unknown[] =>
  nodes.map((node) => [
    rows.itemOf(node)?.label,
    ...(rows.childrenOf(node).length > 0 ? [labelsOf(rows, rows.childrenOf(node))] : []),
  ]);

describe("other programs' containers in the tree", () => {
  const ours = aRow({ id: "a", name: "one", project: "web" });
  const picture = { ...aPicture([ours]), foreign: [foreign] };

  it("stand in a group after the agents, in every grouping, and nowhere where there are none", () => {
    const rows = new TreeRows(english);
    rows.update(input(picture));
    expect(labelsOf(rows)).toEqual([["one"], ["Other agents' containers", [["borrowed"]]]]);
    for (const grouping of ["project", "tag", "state"] as const) {
      rows.update(input(picture, { grouping }));
      expect(labelsOf(rows).at(-1)).toEqual(["Other agents' containers", [["borrowed"]]]);
    }
    expect(rows.update(input(aPicture([ours])))).toBe("all");
    expect(labelsOf(rows)).toEqual([["one"]]);
  });

  it("stand at the end of their engine where there are several, and change by themselves", () => {
    const rows = new TreeRows(english);
    const engines = [anEngine({ kind: "live" }, here), anEngine(refused, there)];
    const far = aRow({ ...foreign.agent, engine: there, name: "far" }, { key: "cd".repeat(32) });
    const two = { ...aPicture([ours], engines), foreign: [foreign, far] };
    rows.update(input(two));
    const [one, other] = rows.roots;
    expect(one && labelsOf(rows, rows.childrenOf(one))).toEqual([
      ["one"],
      ["Other agents' containers", [["borrowed"]]],
    ]);
    const group = one && rows.childrenOf(one)[1];
    const [borrowed] = group ? rows.childrenOf(group) : [];
    expect(group && rows.parentOf(group)).toBe(one);
    expect(borrowed && rows.parentOf(borrowed)).toBe(group);
    // The engine's own row counts agents alone.
    expect(one && rows.itemOf(one)?.description).toContain("1 of 1 running");
    const [farGroup] = other ? rows.childrenOf(other) : [];
    const [farRow] = farGroup ? rows.childrenOf(farGroup) : [];
    expect(farRow && rows.itemOf(farRow)?.contextValue).toBe("foreign+running+away");
    const paused = { ...foreign, agent: { ...foreign.agent, state: "paused" as const } };
    const redraw = rows.update(input({ ...two, foreign: [paused, far] }));
    expect(redraw === "all" ? redraw : redraw.map((node) => rows.itemOf(node)?.label)).toEqual([
      "Other agents' containers",
    ]);
  });

  it("go through the filter as agents do, and are counted with none", () => {
    const filtered = (text: string) =>
      arrangeRows(picture, { ...usualArrangement, filter: { text, toggles: [] } }, []);
    expect(filtered("borrowed")).toMatchObject({ all: 1, shown: 0, roots: [{ by: "foreign" }] });
    expect(filtered("mngr").roots).toHaveLength(1);
    expect(filtered("nothing").roots).toEqual([]);
  });

  it("say whose they are, and are meant by their container", () => {
    const item = agentItem(foreign, Date.parse("2026-01-01T00:10:00Z"), english);
    expect(item).toMatchObject({
      description: "mngr · running · 10 min",
      icon: { id: "package", color: "testing.iconPassed" },
      contextValue: "foreign+running",
    });
    expect(item.tooltip).toContain("Made by: mngr");
    const call = readCall([{ kind: "agent", id: "x", row: foreign, place: { away: false } }], true);
    expect(namedTargets(call)).toEqual([containerId]);
    expect(viewState({ picture: { ...picture, agents: [] }, problem: undefined })).toBe("agents");
  });

  it("a shell is opened in a container by its id alone, and only where it runs", () => {
    const { agent } = foreign;
    const given = shellArguments({ ...agent, name: "-v; $(x)" }, english);
    expect(given.slice(0, 5)).toEqual(["-H", agent.engine, "exec", "-it", containerId]);
    expect(given.join(" ")).not.toContain("$(x)");
    expect(() => shellArguments({ ...agent, state: "exited" }, english)).toThrow(/not running/);
    expect(() => shellArguments({ ...agent, containerId: "--privileged" }, english)).toThrow(/no container/);
  });

  it("hostile names and tags are text in rows, groups and their tooltips", () => {
    const evil = `[x](command:y) <img src=x> $(trash) \u202egpj\u001b[31m\n${"z".repeat(10_240)}`;
    // eslint-disable-next-line no-control-regex -- they are what it looks for
    const active = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/;
    const row = aRow({ ...foreign.agent, name: evil, stateReason: evil, state: "exited" });
    const groups = (["project", "tag"] as const).map((by) =>
      groupItem({ kind: "group", id: "g", by, key: evil, rows: [row] }, evil, english),
    );
    for (const { label, description, tooltip, accessibilityLabel } of [
      agentItem(row, 0, english),
      ...groups,
    ]) {
      expect(label + description + accessibilityLabel).not.toMatch(active);
      expect(label.length).toBeLessThanOrEqual(300);
      expect(tooltip.replaceAll("  \n", "")).not.toMatch(active);
      expect(tooltip).not.toMatch(/(^|[^\\])(<|\]\(|\$\()/);
      expect(tooltip.length).toBeLessThan(4000);
    }
  });
});
