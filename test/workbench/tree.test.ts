// The tree with hundreds of agents: grouped, filtered, selected, without a stall.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { agentTree, call, freshName, palette, view } from "./product/agents";
import { createMany, removeMany, type Given } from "./product/many";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

const count = 300;
const mark = freshName("mark");
const team = `team-${mark}`;
const id = (n: number) => String(n).padStart(3, "0");
const nameOf = (n: number) => `${mark}-${id(n)}`;

const given = Array.from({ length: count }, (_, n): Given => ({
  name: nameOf(n),
  labels: {
    "com.imbue.mngr.agent-id": `agent-${mark}-${id(n)}`,
    "com.imbue.mngr.agent-name": nameOf(n),
    "com.imbue.mngr.tags": JSON.stringify({ [team]: `t${n % 5}`, n: String(n) }),
    "agent-containers.project-id": n % 3 === 0 ? `p-${mark}` : "",
  },
}));

describe("hundreds of agents in the tree", () => {
  let workbench: Workbench;
  let tree: Tree;

  before(async function () {
    this.timeout(180_000);
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    await createMany(given, mark);
  });
  after(async function () {
    this.timeout(180_000);
    await call("groupByEngine");
    await call("clearFilter");
    await removeMany(mark);
  });

  const shownWith = (part: string) =>
    eventually(async () => {
      const labels = await tree.labels();
      assert.ok(
        labels.some((label) => label.includes(part)),
        labels.join(),
      );
      return labels;
    });

  it("are listed, and scrolled to the last without a stall", async () => {
    await call("filter", mark);
    await shownWith(nameOf(0));
    const messages = new RegExp(`^${count} of \\d+ agents: "${mark}"`);
    await eventually(async () => assert.match(await workbench.viewMessage(view), messages));
    await tree.click(nameOf(0));
    // What is drawn last may come after the key.
    await eventually(async () => {
      await workbench.page.keyboard.press("End");
      const labels = await tree.labels();
      assert.equal(labels.at(-1), nameOf(count - 1));
    });
    const start = performance.now();
    await workbench.page.keyboard.press("Home");
    await shownWith(nameOf(0));
    const tookMs = performance.now() - start;
    assert.ok(tookMs < 2000, `${tookMs} ms`);
  });

  it("are grouped by a tag, with counts, and stay closed where they were closed", async () => {
    const start = performance.now();
    await call("groupByTag", team);
    const rows = await eventually(async () => {
      const groups = (await tree.rows()).filter(({ level }) => level === 1);
      assert.equal(groups[0]?.label, "t0");
      return groups;
    });
    const tookMs = performance.now() - start;
    assert.ok(tookMs < 3000, `${tookMs} ms`);
    assert.match(rows[0]?.description ?? "", /^0 of 60 running · 60 failed$/);
    assert.match(rows[0]?.accessibleLabel ?? "", new RegExp(`^${team} t0, 0 of 60`));
    for (const group of ["t0", "t1", "t2", "t3"]) await tree.collapse(group);
    await shownWith("t4");
    await workbench.screenshot("tree-by-tag");
    await call("groupByState");
    await shownWith("failed");
    await call("groupByTag", team);
    await eventually(async () => {
      const groups = (await tree.rows()).filter(({ level }) => level === 1);
      assert.deepEqual(
        groups.map(({ label, expanded }) => [label, expanded]),
        [0, 1, 2, 3, 4].map((n) => [`t${n}`, n === 4]),
      );
    });
  });

  it("are filtered as one types; closing the question takes it back, and clearing shows all", async () => {
    await call("groupByEngine");
    await workbench.runCommand(palette("Filter Agents…"));
    await workbench.quickInput.waitFor("Filter Agents");
    await workbench.quickInput.type(nameOf(7));
    await eventually(async () => assert.deepEqual(await tree.labels(), [nameOf(7)]));
    await workbench.screenshot("tree-filtering");
    await workbench.quickInput.escape();
    await shownWith(nameOf(0));
    await call("filter", `${mark} no-such-agent`);
    const welcome = workbench.welcome(view);
    await welcome.waitFor("No agent matches the filter");
    await workbench.screenshot("tree-filtered-empty");
    await welcome.click("Clear Filter");
    await eventually(async () => assert.notEqual((await tree.labels()).length, 0));
    assert.equal(await workbench.viewMessage(view), "");
  });

  it("show what is done to one of them alone", async () => {
    await call("filter", mark);
    await shownWith(nameOf(0));
    await docker("rename", nameOf(0), `${mark}-000-new`);
    await shownWith(`${mark}-000-new`);
  });

  it("are destroyed together, after one question that names them", async () => {
    await call("filter", mark);
    await shownWith(nameOf(1));
    await tree.click(nameOf(1));
    await tree.addToSelection(nameOf(2));
    await tree.addToSelection(nameOf(3));
    await workbench.screenshot("tree-selected");
    // Neither the clicks nor the menu of one of them take any from the others.
    const selected = async () => assert.deepEqual(await tree.selected(), [1, 2, 3].map(nameOf));
    await selected();
    const offered = await tree.contextMenu(nameOf(2));
    assert.ok(offered.includes("Destroy Agent…") && !offered.includes("Show Agent Details"), offered.join());
    await selected();
    await tree.focusSelected();
    await workbench.page.keyboard.press("Delete");
    assert.match(await workbench.dialog.message(), /Destroy 3 agents/);
    const detail = await workbench.dialog.detail();
    for (const n of [1, 2, 3]) assert.ok(detail.includes(nameOf(n)), detail);
    await workbench.dialog.click("Destroy");
    await eventually(async () => {
      const labels = await tree.labels();
      assert.ok(![1, 2, 3].some((n) => labels.includes(nameOf(n))), labels.slice(0, 8).join());
    }, 30_000);
    assert.deepEqual(await docker("ps", "-aq", "--filter", `name=^${nameOf(2)}$`), []);
    // Nothing is selected now: the other rows have again what is offered for one.
    await eventually(async () => {
      const left = await tree.contextMenu(nameOf(4));
      assert.ok(left.includes("Show Agent Details"), left.join());
    });
  });

  it("are looked at in a light and a dark theme", async () => {
    const config = () => vscode.workspace.getConfiguration("workbench");
    await call("groupByState");
    for (const [name, theme] of [
      ["light", "Default Light Modern"],
      ["dark", "Default Dark Modern"],
    ] as const) {
      await config().update("colorTheme", theme, vscode.ConfigurationTarget.Global);
      await workbench.page.locator(`.monaco-workbench.vs${name === "dark" ? "-dark" : ""}`).waitFor();
      await workbench.screenshot(`tree-${name}`);
    }
  });
});
