import { describe, expect, it } from "vitest";
import type { Picture } from "../../../src/app/core.js";
import type { Snapshot } from "../../../src/model/snapshot.js";
import { usualArrangement, type Arrangement } from "../../../src/vscode/arrangement.js";
import { english } from "../../../src/vscode/text.js";
import { TreeRows } from "../../../src/vscode/treeRows.js";
import { aPicture, anEngine, aRow } from "./rows.js";

const engine = "unix:///var/run/docker.sock";
const now = Date.parse("2026-01-01T02:00:00Z");

function aSnapshot(override: Partial<Snapshot> = {}): Snapshot {
  return {
    id: "0a0a0a0a",
    name: "good",
    image: "mngr-snapshot:agent-a-0a0a0a0a",
    agentId: "a",
    agentName: "one",
    parentId: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    sizeBytes: 3 * 1024 ** 2,
    engine,
    excluded: [],
    ...override,
  };
}

const one = aRow({ id: "a", name: "one" });

describe("snapshots in the tree", () => {
  const shown = (
    picture: Picture,
    snapshots: readonly Snapshot[],
    arrangement: Partial<Arrangement> = {},
    rows = new TreeRows(english),
  ) => {
    const redraw = rows.update({
      picture,
      snapshots,
      arrangement: { ...usualArrangement, ...arrangement },
      projects: [],
      now,
    });
    return { rows, redraw };
  };
  const labelsOf = (rows: TreeRows, nodes = rows.roots): (string | undefined)[] =>
    nodes.map((node) => rows.itemOf(node)?.label);

  it("stand below their agent, as they are given, and are the same rows when listed anew", () => {
    const picture = aPicture([one, aRow({ id: "b", name: "two" })]);
    const all = [aSnapshot({ id: "0b0b0b0b", name: "newer" }), aSnapshot()];
    const { rows } = shown(picture, all);
    const [first, second] = rows.roots;
    if (!first || !second) throw new Error("two agents");
    const children = rows.childrenOf(first);
    expect(labelsOf(rows, children)).toEqual(["newer", "good"]);
    expect(rows.childrenOf(second)).toEqual([]);
    expect(children[0] && rows.parentOf(children[0])).toBe(first);
    expect(shown(picture, structuredClone(all), {}, rows).redraw).toEqual([]);
    expect(rows.childrenOf(first)[0]).toBe(children[0]);
    expect(shown(picture, all.slice(1), {}, rows).redraw).toEqual([first]);
    expect(labelsOf(rows, rows.childrenOf(first))).toEqual(["good"]);
  });

  it("say their age, size and note, and warn of what they do not hold", () => {
    const lossy = aSnapshot({ note: "x", excluded: [{ kind: "volume", path: "/data" }] });
    const { rows } = shown(aPicture([one]), [lossy]);
    const [agent] = rows.roots;
    const [node] = agent ? rows.childrenOf(agent) : [];
    expect(node && rows.itemOf(node)).toMatchObject({
      description: "2 h · 3 MB · x",
      icon: { id: "warning" },
      contextValue: "snapshot",
      accessibilityLabel: "Snapshot good, 2 h · 3 MB · x, does not hold /data (volume)",
    });
  });

  it("show as text what their names hold", () => {
    const { rows } = shown(aPicture([one]), [aSnapshot({ name: "[a](command:x) <b>", note: "`$(alert)`" })]);
    const [agent] = rows.roots;
    const [node] = agent ? rows.childrenOf(agent) : [];
    expect(node && rows.itemOf(node)?.tooltip).not.toMatch(/\]\(|<b>|[^\\]`/);
  });

  it("of agents that are gone stand at the end of their engine, and without engines' rows at the end", () => {
    const orphan = aSnapshot({ agentId: "x", agentName: "old" });
    const { rows } = shown(aPicture([one]), [orphan]);
    expect(labelsOf(rows)).toEqual(["one", "Snapshots of destroyed agents"]);
    const [, group] = rows.roots;
    const [node] = group ? rows.childrenOf(group) : [];
    expect(node && rows.itemOf(node)).toMatchObject({
      description: "old · 2 h · 3 MB",
      contextValue: "snapshot+gone",
    });
    expect(node && rows.parentOf(node)).toBe(group);
    expect(shown(aPicture([one]), [], {}, rows).redraw).toBe("all");

    const far = anEngine({ kind: "live" }, "ssh://far");
    const two = shown(aPicture([one], [anEngine(), far]), [{ ...orphan, engine: far.name }]).rows;
    const [near, away] = two.roots;
    expect(near && labelsOf(two, two.childrenOf(near))).toEqual(["one"]);
    expect(away && labelsOf(two, two.childrenOf(away))).toEqual(["Snapshots of destroyed agents"]);
    const byState = shown(aPicture([one], [anEngine(), far]), [orphan], { grouping: "state" }).rows;
    expect(labelsOf(byState)).toEqual(["running", "Snapshots of destroyed agents"]);
  });

  it("of agents that are gone are not among what a filter finds", () => {
    const filter = { text: "one", toggles: [] };
    const { rows } = shown(aPicture([one]), [aSnapshot({ agentId: "x" })], { filter });
    expect(labelsOf(rows)).toEqual(["one"]);
  });
});
