// Which files differ between a snapshot and its agent, or another snapshot, in the editor's multi-file diff.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import type { SnapshotComparison } from "../../src/model/comparison.js";
import type { Snapshot } from "../../src/model/snapshot.js";
import { agentTree, call, destroyAll, freshName, rowWithIcon } from "./product/agents";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

describe("snapshots that are compared", () => {
  const name = freshName("compare");
  let workbench: Workbench;
  let tree: Tree;
  let agent: Agent;

  const sh = async (script: string) => {
    const command = ["bash", "-ec", `cd /app; ${script}`];
    const { exitCode, stderr } = await call<{ exitCode: number; stderr: string }>("exec", name, { command });
    assert.equal(exitCode, 0, stderr);
  };
  /** What shows snapshots of the agent. */
  const carriers = () => docker("ps", "-aq", "-f", `label=agent-containers.snapshot-of=${agent.id}`);
  const shown = async () =>
    (await workbench.page.locator(".multiDiffEntry").allInnerTexts()).join("\n").replaceAll("\u00a0", " ");
  const shows = (...parts: string[]) =>
    eventually(async () => {
      const text = await shown();
      for (const part of parts) assert.ok(text.includes(part), `${part} is not in\n${text}`);
    }, 20_000);

  before(async function () {
    this.timeout(120_000);
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    agent = await call<Agent>("create", { name, startArgs: ["--tmpfs", "/app/scratch"] });
    await sh("echo one > answer.txt; echo gone > gone.txt; echo run > run; printf 'a\\0' > picture.bin");
    await call("snapshot", name, { name: "before" });
    await sh(
      "echo two > answer.txt; rm gone.txt; chmod 755 run; printf 'b\\0' > picture.bin; echo new > 'a new ü.txt'",
    );
    await rowWithIcon(tree, name, "circle-filled", 60_000);
    await eventually(async () => assert.equal((await tree.read(name)).expanded, false), 30_000);
    await tree.expand(name);
    await rowWithIcon(tree, "before", "warning", 10_000);
  });
  after(async function () {
    this.timeout(60_000);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await destroyAll([name]);
    for (const { image, agentName } of await call<Snapshot[]>("listSnapshots"))
      if (agentName === name) await call("deleteSnapshot", image);
  });

  it("with their agent: both sides of each file, what cannot be shown as text in words", async () => {
    await tree.clickInContextMenu("before", "Compare Snapshot with Agent");
    await eventually(
      async () => assert.equal(await workbench.page.locator(".multiDiffEntry").count(), 5),
      30_000,
    );
    await shows(
      "answer.txt",
      "one",
      "two",
      "gone.txt",
      "a new ü.txt",
      "Binary file, 2 B",
      "run (0644)",
      "run (0755)",
    );
    await workbench.screenshot("snapshot-compared");
    await workbench.notifications.waitFor("Not compared: /app/scratch (memory).");
    await workbench.notifications.dismiss("Not compared: /app/scratch (memory).");
    await eventually(async () => assert.deepEqual(await carriers(), []), 15_000);
    await workbench.runCommand("View: Close All Editors");
  });

  it("with each other, the older one on the left", async () => {
    await call("snapshot", name, { name: "after" });
    await sh("echo three > answer.txt");
    await rowWithIcon(tree, "after", "warning", 20_000);
    await tree.clickInContextMenu("after", "Compare Snapshot with Snapshot");
    await workbench.quickInput.waitFor("Compare after");
    assert.deepEqual(
      (await workbench.quickInput.items()).map(({ label }) => label),
      ["before"],
    );
    await workbench.quickInput.enter();
    await shows("one", "two");
    assert.ok(!(await shown()).includes("three"), "the agent was read");
    const titles = vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs.map(({ label }) => label));
    assert.ok(
      titles.some((title) => title.startsWith("before ↔ after")),
      titles.join(", "),
    );
    await workbench.runCommand("View: Close All Editors");
  });

  it("are a plain value for programs", async () => {
    const found = await call<SnapshotComparison>("compareSnapshot", "before", {});
    assert.deepEqual(
      found.files.map(({ path, status }) => `${status} ${path}`),
      [
        "added /app/a new ü.txt",
        "modified /app/answer.txt",
        "deleted /app/gone.txt",
        "modified /app/picture.bin",
        "mode /app/run",
      ],
    );
  });

  it("are told and not opened where too many files differ", async function () {
    this.timeout(60_000);
    await sh("mkdir -p many/files; cd many/files; for i in $(seq 2001); do echo $i > $i; done");
    await tree.clickInContextMenu("before", "Compare Snapshot with Agent");
    assert.equal(await workbench.dialog.message(), "2006 files differ: too many to open side by side.");
    assert.match(await workbench.dialog.detail(), /\/app\/many\/files: 2001 files \(1, 10, 100, …\)/);
    await workbench.screenshot("snapshot-compared-many");
    await workbench.dialog.click("Show List");
    await eventually(async () => {
      const text = vscode.window.activeTextEditor?.document.getText() ?? "";
      assert.match(text, /^added\t\/app\/many\/files\/2001$/m);
    });
  });
});
