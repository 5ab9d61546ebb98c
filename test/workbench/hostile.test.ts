// Labels that anybody may write, as a person sees them: rows and tooltips of plain text, none of it alive.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { agentTree, call, freshName, rowGone, rowWithIcon } from "./product/agents";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { tooltipOf } from "./support/tooltip";
import { Workbench } from "./support/workbench";

const image = "debian:bookworm-slim";
const evil =
  "[click](command:workbench.action.quit) <img src=x onerror=alert(1)> **b** $(trash) \u202egpj\u001b[31m";

describe("containers with hostile labels", () => {
  const loud = freshName("loud");
  const broken = freshName("broken");
  const twins = [freshName("twin-a"), freshName("twin-b")];
  const all = [loud, broken, ...twins];
  let workbench: Workbench;
  let tree: Tree;

  const make = (name: string, labels: Record<string, string>) =>
    docker(
      ...["create", "--name", name, "--network", "none"],
      ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
      ...[image, "true"],
    );

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
  });
  after(async () => {
    await docker("rm", "-f", ...all);
  });

  it("are rows of plain text, each with what is wrong with it", async () => {
    await make(loud, {
      "com.imbue.mngr.agent-id": `agent-${loud}`,
      "com.imbue.mngr.agent-name": evil,
      "com.imbue.mngr.tags": JSON.stringify({ [evil]: evil }),
      "agent-containers.image": evil,
    });
    await make(broken, { "com.imbue.mngr.agent-id": "../../x", "com.imbue.mngr.agent-name": evil });
    for (const twin of twins)
      await make(twin, {
        "com.imbue.mngr.agent-id": `agent-${twins.join("")}`,
        "com.imbue.mngr.agent-name": twin,
      });
    await rowWithIcon(tree, broken, "question", 20_000, /is no id/);
    await rowWithIcon(tree, loud, "error", 20_000);
    for (const twin of twins) await rowWithIcon(tree, twin, "error", 20_000, /same agent id/);
    const tooltip = await tooltipOf(workbench.page, tree.row(loud));
    assert.ok(tooltip.includes("[click](command:workbench.action.quit)"), tooltip);
    assert.ok(tooltip.includes("<img src=x onerror=alert(1)>"), tooltip);
    const hover = workbench.page.locator(".workbench-hover");
    assert.equal(await hover.locator("img, a, .codicon-trash").count(), 0);
    await workbench.screenshot("hostile");
  });

  it("become titles of groups and entries of quick picks as text", async () => {
    await call("filter", loud);
    await call("groupByTag", evil);
    const group = await eventually(async () => {
      const found = (await tree.rows()).find(({ label }) => label.startsWith("[click]"));
      assert.ok(found);
      return found;
    });
    assert.equal(group.icon, "tag");
    assert.ok(!["\u001b", "\u202e"].some((active) => group.label.includes(active)), group.label);
    void vscode.commands.executeCommand("agentContainers.groupByTag");
    await workbench.quickInput.waitFor("Group by Tag");
    const labels = (await workbench.quickInput.items()).map(({ label }) => label);
    assert.ok(
      labels.some((label) => label.includes("<img src=x onerror=alert(1)>")),
      labels.join("\n"),
    );
    assert.equal(await workbench.page.locator(".quick-input-list .label-name .codicon-trash").count(), 0);
    await workbench.screenshot("hostile-tags");
    await workbench.quickInput.escape();
    await call("groupByEngine");
    await call("clearFilter");
  });

  describe("another program's container", () => {
    const borrowed = freshName("borrowed");
    const label = async () => {
      const found = (await tree.labels()).find((one) => one.startsWith(borrowed));
      assert.ok(found, "not listed");
      return found;
    };
    const described = (pattern: RegExp) =>
      eventually(async () => {
        const row = (await tree.rows()).find((one) => one.label.startsWith(borrowed));
        assert.match(row?.description ?? "", pattern);
        return row;
      }, 20_000);

    before(async () => {
      await docker(
        ...["run", "-d", "--init", "--name", borrowed, "--network", "none"],
        ...["--label", `com.imbue.mngr.host-id=host-${borrowed}`],
        ...["--label", `com.imbue.mngr.host-name=${borrowed} ${evil}\n${"long ".repeat(2048)}`],
        ...[image, "sh", "-c", "echo its own words; exec sleep infinity"],
      );
      await call("filter", borrowed);
    });
    after(async () => {
      await call("clearFilter");
      await vscode.workspace
        .getConfiguration("agentContainers")
        .update("showForeign", undefined, vscode.ConfigurationTarget.Global);
      await vscode.commands.executeCommand("workbench.action.closePanel");
      await docker("rm", "-f", borrowed);
    });

    it("stands below the agents, with what can be done to it", async () => {
      const row = await described(/^mngr · running/);
      assert.equal(row?.icon, "package");
      assert.ok((await tree.labels()).includes("Other agents' containers"));
      assert.ok((row?.label.length ?? 0) <= 300);
      const tooltip = await tooltipOf(workbench.page, tree.row(await label()), (text) =>
        text.startsWith(borrowed),
      );
      assert.match(tooltip, /Made by: mngr/);
      const hover = workbench.page.locator(".workbench-hover");
      assert.equal(await hover.locator("img, a, .codicon-trash").count(), 0);
      await workbench.screenshot("hostile-foreign");
      // What was selected before would make a menu for several of it.
      await tree.click(await label());
      const menu = await tree.contextMenu(await label());
      for (const entry of [
        "Open Shell",
        "Stop Agent",
        "Restart Agent",
        "Pause Agent",
        "Show Logs",
        "Copy Container ID",
      ])
        assert.ok(menu.includes(entry), `${entry} is not in ${menu.join(", ")}`);
      for (const entry of ["Destroy Agent…", "Rename Agent…"]) assert.ok(!menu.includes(entry), entry);
    });

    it("is paused and resumed from its menu, stopped by anybody, and started again", async () => {
      await tree.clickInContextMenu(await label(), "Pause Agent");
      await described(/^mngr · Paused/);
      await tree.clickInContextMenu(await label(), "Resume Agent");
      await described(/^mngr · running/);
      await docker("stop", "-t", "1", borrowed);
      await described(/^mngr · (?!running)/);
      await tree.clickInContextMenu(await label(), "Start Agent");
      await described(/^mngr · running/);
    });

    it("gives its log and its id, and cannot be destroyed by a key", async () => {
      const [id] = await docker("inspect", "-f", "{{.Id}}", borrowed);
      // What a browser's clipboard holds is told to nobody without a question: the command says what it copied.
      assert.deepEqual(await call<{ ids: string[] }>("copyContainerId", `host-${borrowed}`), { ids: [id] });
      await tree.clickInContextMenu(await label(), "Show Logs");
      await eventually(() =>
        assert.ok(
          vscode.workspace.textDocuments.some(
            (one) => one.uri.scheme === "output" && one.getText().includes("its own words"),
          ),
        ),
      );
      await workbench.screenshot("hostile-log-channel");
      await tree.click(await label());
      await workbench.page.keyboard.press("Delete");
      const message = await workbench.notifications.waitFor("belongs to mngr");
      assert.ok(message.includes(borrowed), message);
      const toast = workbench.page.locator(".notification-toast");
      assert.equal(await toast.locator(".notification-list-item-message a").count(), 0);
      await workbench.screenshot("hostile-notification");
      await workbench.notifications.dismiss("belongs to mngr");
    });

    it("is not shown where the setting says so", async () => {
      const section = vscode.workspace.getConfiguration("agentContainers");
      await section.update("showForeign", false, vscode.ConfigurationTarget.Global);
      await eventually(async () => assert.ok(!(await tree.labels()).some((one) => one.startsWith(borrowed))));
      await section.update("showForeign", undefined, vscode.ConfigurationTarget.Global);
      await described(/^mngr · running/);
    });
  });

  it("go as they came", async () => {
    await docker("rm", "-f", ...all);
    for (const name of all) await rowGone(tree, name, 20_000);
  });
});
