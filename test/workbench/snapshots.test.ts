// Snapshots as a user goes: take, look, fork, restore, delete, and what becomes of them when the agent is destroyed.
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import type { Snapshot } from "../../src/model/snapshot.js";
import { agentTree, call, destroyAll, freshName, palette, rowGone, rowWithIcon } from "./product/agents";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

describe("snapshots", () => {
  const name = freshName("snap");
  const orphans = "Snapshots of destroyed agents";
  let workbench: Workbench;
  let tree: Tree;

  const ours = async () =>
    (await call<Snapshot[]>("listSnapshots")).filter(({ agentName }) => agentName.startsWith(name));
  const inAgent = async (target: string, script: string) => {
    const { stdout } = await call<{ stdout: string }>("exec", target, { command: ["sh", "-c", script] });
    return stdout.trim();
  };
  const themes = async (what: string) => {
    const config = () => vscode.workspace.getConfiguration("workbench");
    for (const [shade, theme] of [
      ["light", "Default Light Modern"],
      ["dark", "Default Dark Modern"],
    ] as const) {
      await config().update("colorTheme", theme, vscode.ConfigurationTarget.Global);
      await workbench.page.locator(`.monaco-workbench.vs${shade === "dark" ? "-dark" : ""}`).waitFor();
      await workbench.screenshot(`${what}-${shade}`);
    }
  };

  before(async function () {
    this.timeout(180_000);
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    // A network of its own: beside other suites the usual one's subnet may be taken.
    const subnet = `10.${randomInt(200, 250)}.${randomInt(0, 250)}`;
    const network = { name, subnet: `${subnet}.0/24`, gateway: `${subnet}.1` };
    await call<Agent>("create", { name, network, startArgs: ["--tmpfs", "/scratch"] });
    await rowWithIcon(tree, name, "circle-filled", 60_000);
    await inAgent(name, "echo one > /tmp/file");
  });
  after(async function () {
    this.timeout(120_000);
    await destroyAll([name, `${name}-fork-1`, `${name}-fork-2`]);
    for (const { image } of await ours()) await call("deleteSnapshot", image);
  });

  it("are taken by Enter all the way, after what they do not hold is said", async () => {
    const { quickInput, notifications } = workbench;
    await tree.clickInContextMenu(name, "Take Snapshot");
    await quickInput.waitFor(`Take Snapshot of ${name} (1/3)`);
    assert.deepEqual(
      (await quickInput.items()).map(({ label }) => label),
      ["Snapshot of the rest", "Without a freeze"],
    );
    // VS Code shows for a while what took long; others' agents may end in this moment, and are told of.
    await eventually(async () => assert.doesNotMatch((await notifications.messages()).join(), /Looking/));
    assert.match((await quickInput.items())[0]?.description ?? "", /stands still for .* · .* written/);
    await workbench.page.getByText("It will not hold /scratch (memory)").waitFor();
    await workbench.screenshot("snapshot-take");
    await quickInput.enter();
    await quickInput.waitFor(`Take Snapshot of ${name} (2/3)`);
    assert.equal(await quickInput.value(), `${name} 1`);
    await quickInput.enter();
    await quickInput.waitFor(`Take Snapshot of ${name} (3/3)`);
    await quickInput.type("before the upgrade");
    await quickInput.enter();
    await eventually(async () => assert.equal((await tree.read(name)).expanded, false), 30_000);
    await tree.expand(name);
    const row = await rowWithIcon(tree, `${name} 1`, "warning", 10_000);
    assert.match(row.description, /^just now · [\d.]+ [KM]?B · before the upgrade$/);
    assert.match(row.accessibleLabel, /does not hold \/scratch \(memory\)/);
    await eventually(async () =>
      assert.match(await tree.tooltip(`${name} 1`), /Does not hold: \/scratch \(memory\)/),
    );
    assert.deepEqual(await tree.inlineActions(`${name} 1`), [
      "Restore Snapshot…",
      "Fork…",
      "Delete Snapshot…",
    ]);
    await themes("snapshots");
  });

  it("show up when another program takes them, without a refresh", async () => {
    // The commit alone is told by an event.
    const { image } = (await ours())[0] ?? { image: "" };
    const other = image.replace(/.{8}$/, "0badcafe");
    const [label = ""] = await docker(
      "inspect",
      "-f",
      '{{index .Config.Labels "agent-containers.snapshot"}}',
      image,
    );
    const record = { ...(JSON.parse(label) as object), id: "0badcafe", name: "another's", volume: null };
    const words = JSON.stringify(JSON.stringify(record)).replaceAll("$", "\\$");
    await docker("commit", "-c", `LABEL agent-containers.snapshot=${words}`, name, other);
    try {
      await eventually(async () => assert.ok((await tree.labels()).includes("another's")), 10_000);
      // Newest first; made of the same record, both are of one moment.
      assert.equal((await tree.read("another's")).level, 2);
    } finally {
      await docker("rmi", other);
    }
    await call("refresh");
    await rowGone(tree, "another's", 10_000);
  });

  it("are forked under names that are offered, with the stages of each", async function () {
    this.timeout(120_000);
    const { quickInput, notifications } = workbench;
    await tree.clickInlineAction(`${name} 1`, "Fork…");
    await quickInput.waitFor(`Fork ${name} (1/2)`);
    await quickInput.type("0");
    await eventually(async () => assert.match(await quickInput.message(), /1 to 50/));
    await quickInput.type("2");
    await quickInput.enter();
    await quickInput.waitFor(`Fork ${name} (2/2)`);
    assert.equal(await quickInput.value(), `${name}-fork-1, ${name}-fork-2`);
    await quickInput.type(`${name}-fork-1, ${name}`);
    await eventually(async () => assert.match(await quickInput.message(), /is taken/));
    await quickInput.type(`${name}-fork-1, ${name}-fork-2`);
    await workbench.screenshot("snapshot-fork-names");
    await quickInput.enter();
    await notifications.waitFor(`2 forks of ${name}`, 90_000);
    assert.deepEqual(await notifications.buttons(`2 forks of ${name}`), ["Open One…"]);
    await workbench.screenshot("snapshot-forked");
    for (const fork of [`${name}-fork-1`, `${name}-fork-2`]) {
      await rowWithIcon(tree, fork, "circle-filled", 30_000);
      assert.equal(await inAgent(fork, "cat /tmp/file"), "one");
    }
    await notifications.dismiss(`2 forks of ${name}`);
  });

  it("are restored, with what is lost said and kept as a snapshot first", async function () {
    this.timeout(90_000);
    await inAgent(name, "echo two > /tmp/file");
    await tree.clickInContextMenu(`${name} 1`, "Restore Snapshot");
    assert.equal(await workbench.dialog.message(), `Restore ${name} to ${name} 1?`);
    assert.match(await workbench.dialog.detail(), /is lost.*Not in the snapshot.*\/scratch/s);
    assert.ok((await workbench.dialog.buttons()).includes("Restore"));
    await workbench.screenshot("snapshot-restore");
    await workbench.dialog.click("Snapshot First");
    await eventually(async () => assert.equal(await inAgent(name, "cat /tmp/file"), "one"), 60_000);
    await rowWithIcon(tree, `before the restore of ${name} 1`, "warning", 30_000);
    assert.equal((await ours()).length, 2);
  });

  it("are deleted after a question, several at once, with the key too", async () => {
    const first = `before the restore of ${name} 1`;
    await tree.click(first);
    await workbench.page.keyboard.press("Delete");
    assert.equal(await workbench.dialog.message(), `Delete the snapshot ${first}?`);
    await workbench.dialog.click("Delete");
    await rowGone(tree, first, 20_000);
    assert.deepEqual(
      (await ours()).map((snapshot) => snapshot.name),
      [`${name} 1`],
    );
  });

  it("are kept when their agent is destroyed, unless they are to go too", async function () {
    this.timeout(90_000);
    // A row that was busy a moment ago has its menu when it is drawn again.
    await eventually(async () => assert.ok((await tree.contextMenu(name)).includes("Destroy Agent…")));
    await tree.clickInContextMenu(name, "Destroy Agent…");
    assert.equal(await workbench.dialog.message(), `Destroy the agent ${name}?`);
    assert.match(await workbench.dialog.detail(), /Its snapshot is kept/);
    await workbench.screenshot("snapshot-destroy");
    await workbench.dialog.click("Destroy, Keep Snapshots");
    await rowGone(tree, name, 30_000);
    await eventually(async () => assert.ok((await tree.labels()).includes(orphans)), 20_000);
    await tree.expand(orphans);
    const row = await rowWithIcon(tree, `${name} 1`, "warning", 10_000);
    assert.match(row.description, new RegExp(`^${name} · `));
    assert.deepEqual(await tree.inlineActions(`${name} 1`), ["Fork…", "Delete Snapshot…"]);
    await themes("snapshots-destroyed");

    const fork = `${name}-fork-1`;
    await call("snapshot", fork, { name: `of ${fork}` });
    await eventually(async () => assert.ok((await tree.contextMenu(fork)).includes("Destroy Agent…")));
    await tree.clickInContextMenu(fork, "Destroy Agent…");
    await workbench.dialog.click("Destroy with Snapshots");
    await rowGone(tree, fork, 30_000);
    await eventually(async () =>
      assert.deepEqual(
        (await ours()).map(({ agentName }) => agentName),
        [name],
      ),
    );
  });

  it("are offered by the palette, where an agent without any says so", async () => {
    const { quickInput, notifications } = workbench;
    await workbench.runCommand(palette("Restore Snapshot…"));
    await quickInput.waitFor("Restore Snapshot");
    await quickInput.type(`${name}-fork-2`);
    await quickInput.enter();
    await notifications.waitFor(`${name}-fork-2 has no snapshot.`);
    assert.deepEqual(await notifications.buttons(`${name}-fork-2 has no snapshot.`), ["Refresh", "Retry"]);
    await notifications.dismiss(`${name}-fork-2 has no snapshot.`);
  });
});
