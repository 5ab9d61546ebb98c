// What a user sees of agents at work: numbers, charts, logs, and word of an end that nobody asked for.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import type { AgentStats } from "../../src/model/stats.js";
import { agentTree, call, destroyAll, freshName, refusal, rowWithIcon } from "./product/agents";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { shownWebview } from "./support/webview";
import { Workbench } from "./support/workbench";

const usage = /^running · \d+ % · \d+(\.\d)? [MG]iB/;
const section = () => vscode.workspace.getConfiguration("agentContainers");

describe("watching agents", () => {
  const name = freshName("watched");
  const other = freshName("other");
  let workbench: Workbench;
  let tree: Tree;
  let agent: Agent;

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    const talk = 'echo "hello from the agent"; echo "and its errors" >&2; exec sleep infinity';
    agent = await call<Agent>("create", { name, command: ["sh", "-c", talk] });
    await call<Agent>("create", { name: other, command: ["sh", "-c", talk] });
  });
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await vscode.commands.executeCommand("workbench.action.closePanel");
    await destroyAll([name, other]);
  });

  const busy = () => docker("exec", "-d", name, "sh", "-c", "echo $$ >/tmp/busy; while :; do :; done");

  it("shows what an agent uses while the tree is on the screen, and changes no other row for it", async () => {
    await rowWithIcon(tree, name, "circle-filled", 30_000, usage);
    await rowWithIcon(tree, other, "circle-filled", 30_000, usage);
    await busy();
    await rowWithIcon(tree, name, "circle-filled", 30_000, /^running · \d{2,3} % · /);
    const row = await tree.read(name);
    // A screen reader is spared the numbers.
    assert.doesNotMatch(row.accessibleLabel, /%/);
    // The menu of a row stays open while its numbers change.
    assert.ok((await tree.contextMenu(name)).includes("Show Metrics"));
  });

  it("leaves a tooltip open while the numbers of its row change", async () => {
    const hover = workbench.page.locator(".workbench-hover");
    let closed: string | undefined;
    // Agents of others come and go, and would draw the whole tree anew.
    await call("filter", name);
    await eventually(async () => {
      const rows = await tree.labels();
      assert.match(await tree.tooltip(name), /Uses: \d+ % CPU, .* of /);
      const samples = new Set<number>();
      // Longer than numbers wait for each other, and shorter than somebody is taken to read.
      for (const end = Date.now() + 9_000; Date.now() < end;) {
        samples.add(Math.round((await call<AgentStats>("stats", name)).cpuPercent));
        const open = await hover.isVisible();
        // Agents of others come and go in this tree, which moves rows away under the mouse.
        if (!open && (await tree.labels()).join() !== rows.join()) throw new Error("other rows");
        if (!open) closed = [...samples].join(", ");
        if (!open) return;
      }
      assert.ok(samples.size > 1, "the numbers did not change");
    }, 60_000);
    await call("clearFilter");
    assert.equal(closed, undefined);
  });

  it("measures nothing while the tree is hidden, and not at all where that is switched off", async () => {
    await vscode.commands.executeCommand("workbench.view.explorer");
    // Shown by itself where it is measured, and only there.
    await eventually(async () => assert.equal((await call<Agent>("get", name)).resources, undefined));
    await workbench.openContainer("Agent Containers");
    await rowWithIcon(tree, name, "circle-filled", 30_000, usage);
    await eventually(async () => assert.ok((await call<Agent>("get", name)).resources));
    await section().update("showResources", false, vscode.ConfigurationTarget.Global);
    await rowWithIcon(tree, name, "circle-filled", 30_000, /^running · (just now|\d+ min)$/);
    await section().update("showResources", undefined, vscode.ConfigurationTarget.Global);
    await rowWithIcon(tree, name, "circle-filled", 30_000, usage);
  });

  it("measures and reads for programs", async () => {
    const stats = await call<AgentStats>("stats", name);
    assert.equal(stats.id, agent.id);
    assert.ok(stats.cpuPercent > 5 && stats.memoryUsedMiB > 0, JSON.stringify(stats));
    const logs = await call<{ stdout: string; stderr: string }>("logs", name, { tail: "all" });
    assert.match(logs.stdout, /hello from the agent\n/);
    assert.match(logs.stderr, /and its errors\n/);
    assert.equal((await refusal(call("logs", name, { since: "noon" }))).code, "SPEC_INVALID");
  });

  it("draws the charts of several agents, in a page of its own", async () => {
    await vscode.commands.executeCommand("agentContainers.showMetrics", name);
    const page = shownWebview(workbench.page);
    await page.locator("h2", { hasText: name }).waitFor({ timeout: 30_000 });
    const row = (one: string) => tree.row(one);
    await row(name).click();
    await tree.addToSelection(other);
    await tree.clickInContextMenu(other, "Show Metrics");
    await page.locator("h2", { hasText: other }).waitFor();
    const charts = page.locator(`section[aria-label="${name}"] svg[role=img]`);
    await eventually(async () => {
      assert.equal(await charts.count(), 4);
      const path = await charts.first().locator("path").getAttribute("d");
      assert.match(path ?? "", /L.*L.*L/, "no line yet");
    }, 30_000);
    assert.match(
      (await charts.first().getAttribute("aria-label")) ?? "",
      /^CPU: \d+(\.\d)? %, \d+ processes$/,
    );
    assert.match((await charts.nth(1).getAttribute("aria-label")) ?? "", /^Memory: .* of 2 GiB$/);
    await workbench.screenshot("metrics");
  });

  it("follows the log of an agent in a channel, over a restart", async () => {
    const text = () =>
      vscode.workspace.textDocuments
        .filter(({ uri }) => uri.scheme === "output")
        .map((document) => document.getText())
        .find((one) => one.includes("hello from the agent")) ?? "";
    await tree.click(name);
    await tree.clickInContextMenu(name, "Show Logs");
    await eventually(() => assert.match(text(), /and its errors/));
    assert.equal(text().match(/hello from the agent/g)?.length, 1);
    await call("restart", name);
    await eventually(() => assert.equal(text().match(/hello from the agent/g)?.length, 2, text()), 30_000);
    assert.match(text(), /── .*Started\. ──/);
    await workbench.screenshot("log-channel");
    await vscode.commands.executeCommand("workbench.action.closePanel");
  });

  it("says that a stopped agent has no charts, and starts it from there", async () => {
    await call("stop", other);
    const page = shownWebview(workbench.page);
    const its = page.locator(`section[aria-label="${other}"]`);
    await its.getByText("Stopped by Agent Containers.").waitFor();
    assert.equal(await its.locator("svg").count(), 0);
    await its.getByRole("button", { name: "Start" }).click();
    await its.locator("svg").first().waitFor({ timeout: 30_000 });
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    // Our own stop is no news.
    assert.deepEqual(
      (await workbench.notifications.messages()).filter((message) => message.includes("has ended")),
      [],
    );
  });

  it("tells once of an end that nobody asked for, with its reason, and restarts", async () => {
    await docker("kill", name);
    const shown = `The agent ${name} has ended.`;
    const message = await workbench.notifications.waitFor(shown, 15_000);
    assert.match(message, /Killed on request \(docker kill\)\. Its last line: (hello|and its)/);
    assert.equal(await workbench.notifications.severity(shown), "warning");
    assert.deepEqual(await workbench.notifications.buttons(shown), ["Restart", "Show Logs"]);
    await workbench.screenshot("unexpected-exit");
    assert.match(await workbench.statusBar.accessibleLabel("agentContainers.status"), /1 ended unexpectedly/);
    assert.equal((await workbench.notifications.messages()).filter((one) => one.includes(shown)).length, 1);
    await workbench.notifications.click(shown, "Restart");
    await rowWithIcon(tree, name, "circle-filled", 60_000, usage);
    await workbench.notifications.waitUntilGone(shown);
  });

  it("tells of several that ended together in one, and of none where that is switched off", async () => {
    await docker("kill", name, other);
    const shown = "2 agents have ended:";
    const message = await workbench.notifications.waitFor(shown, 15_000);
    assert.ok(message.includes(name) && message.includes(other), message);
    await workbench.notifications.click(shown, "Restart All");
    for (const one of [name, other]) await rowWithIcon(tree, one, "circle-filled", 60_000, usage);

    await section().update("notifications.unexpectedExit", false, vscode.ConfigurationTarget.Global);
    await docker("kill", other);
    await rowWithIcon(tree, other, "circle-outline", 30_000);
    await docker("kill", name);
    await rowWithIcon(tree, name, "circle-outline", 30_000);
    await section().update("notifications.unexpectedExit", undefined, vscode.ConfigurationTarget.Global);
    assert.deepEqual(
      (await workbench.notifications.messages()).filter((one) => one.includes("ended")),
      [],
    );
  });
});
