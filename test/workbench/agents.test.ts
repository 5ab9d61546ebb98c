// The first way, as a user goes it: from the welcome page to a login, and back to nothing.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import {
  agentTree,
  call,
  createByEnter,
  destroyAll,
  freshName,
  palette,
  rowGone,
  rowWithIcon,
  view,
} from "./product/agents";
import { agentContainers, docker, ssh, sshFiles } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

/** Fails unless a colour, as a browser computes it, is more green than anything else. */
function assertGreen(color: string): void {
  const [red = 0, green = 0, blue = 0] = (/rgb\((\d+), (\d+), (\d+)\)/.exec(color) ?? [])
    .slice(1)
    .map(Number);
  assert.ok(green > 1.2 * red && green > 1.2 * blue, `${color} is not green`);
}

describe("the first agent, end to end", () => {
  const name = freshName("first");
  let workbench: Workbench;
  let tree: Tree;
  let agent: Agent;
  let filesBefore: string[];

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    filesBefore = await sshFiles();
  });
  after(() => destroyAll([name]));

  it("starts with a page that says what to do", async function () {
    // Somebody else's agents, and snapshots of agents that are gone, are listed too: then there is no such page.
    const others = [...(await agentContainers()), ...(await call<unknown[]>("listSnapshots"))];
    if (others.length > 0) this.skip();
    const welcome = workbench.welcome(view);
    await welcome.waitFor("No agents yet");
    assert.deepEqual(await welcome.buttons(), ["Create Agent"]);
    await welcome.click("Create Agent");
    await workbench.quickInput.waitFor("Create Agent (1/4)");
    assert.equal(await workbench.quickInput.value(), "project-1");
    await workbench.quickInput.escape();
  });

  it("creates by Enter all the way, shows the stages, and turns green with the login", async () => {
    await workbench.clickViewAction(view, "Create Agent…");
    await createByEnter(workbench, name);
    await workbench.notifications.waitFor(`Creating ${name}`);
    const row = await rowWithIcon(tree, name, "circle-filled", 90_000, /^running/);
    assertGreen(row.color);
    assert.match(row.accessibleLabel, new RegExp(`Agent ${name}, running`));
    await workbench.notifications.waitUntilGone(`Creating ${name}`);
    agent = await call<Agent>("get", name);
    assert.equal(agent.state, "running");
  });

  it("takes an SSH login, and holds a copy of the open folder", async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder);
    const readme = await readFile(join(folder.fsPath, "README.md"), "utf8");
    assert.equal(await ssh(agent.ssh?.alias ?? "", "cat", "/app/README.md"), readme);
    assert.equal((await ssh(agent.ssh?.alias ?? "", "whoami")).trim(), "agent");
  });

  it("shows what it is in the tooltip, and its ports below it", async () => {
    const tooltip = await tree.tooltip(name);
    assert.match(tooltip, /State: running/);
    assert.match(tooltip, /Image: debian:bookworm-slim/);
    assert.match(tooltip, new RegExp(`SSH: ssh ${agent.ssh?.alias ?? "?"}`));
    await tree.expand(name);
    const [port] = agent.endpoints;
    assert.ok(port, "no ports");
    await eventually(async () =>
      assert.ok((await tree.labels()).some((label) => label.includes(String(port.port)))),
    );
  });

  it("counts in the status bar, which opens the health", async () => {
    const agents = await call<Agent[]>("list");
    const running = agents.filter(({ state }) => state === "running" || state === "unhealthy").length;
    await eventually(async () => {
      assert.match(
        await workbench.statusBar.text("agentContainers.status"),
        new RegExp(`^${running}/${agents.length}`),
      );
    });
    await workbench.statusBar.click("agentContainers.status");
    await workbench.quickInput.waitFor("Agent Containers");
    const labels = (await workbench.quickInput.items()).map(({ label }) => label);
    assert.ok(labels.includes(process.env.DOCKER_HOST ?? "?"), labels.join());
    assert.ok(labels.includes("Create Agent…"), labels.join());
    await workbench.quickInput.escape();
  });

  it("offers other ways where no Remote-SSH is installed", async () => {
    assert.deepEqual(await tree.inlineActions(name), ["Open Workspace", "Open Terminal", "Stop Agent"]);
    await tree.clickInlineAction(name, "Open Workspace");
    assert.match(await workbench.dialog.message(), /No Remote-SSH extension/);
    assert.match(await workbench.dialog.detail(), /Install .*\(.*remote-ssh\)/);
    const buttons = await workbench.dialog.buttons();
    assert.ok(
      buttons.some((button) => button.startsWith("Install ")),
      buttons.join(),
    );
    assert.ok(buttons.includes("Copy SSH Command"), buttons.join());
    await workbench.dialog.click("Open Terminal");
    const terminal = await eventually(() => {
      const opened = vscode.window.terminals.find((candidate) => candidate.name === name);
      assert.ok(opened, "no terminal");
      return opened;
    });
    // The terminal itself is logged in: what it types is done in the container.
    terminal.sendText("touch /app/from-terminal");
    await eventually(() => docker("exec", name, "test", "-e", "/app/from-terminal"));
    terminal.dispose();
    await vscode.commands.executeCommand("workbench.action.closePanel");
  });

  it("shows details and what a command wrote as documents that cannot be changed", async () => {
    const shown = (path: string) =>
      eventually(() => {
        const document = vscode.window.activeTextEditor?.document;
        assert.equal(document?.uri.toString(), `agent-containers:/${path}`);
        return document?.getText() ?? "";
      });
    await tree.clickInContextMenu(name, "Show Agent Details");
    assert.equal((JSON.parse(await shown(`${name}.json`)) as Agent).id, agent.id);
    await tree.clickInContextMenu(name, "Run Command in Agent…");
    await workbench.quickInput.waitFor(`Run Command in ${name}`);
    await workbench.quickInput.type("pwd; echo wrong >&2; exit 4");
    await workbench.quickInput.enter();
    assert.match(await shown(`${name}-exec.log`), /^\/app\n[^]*wrong\n[^]*code 4/);
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  });

  it("tells the address without opening anything", async () => {
    const alias = agent.ssh?.alias ?? "";
    assert.deepEqual(await call("openWorkspace", name, { dryRun: true }), {
      uri: `vscode-remote://ssh-remote+${alias}/app`,
      alias,
    });
  });

  it("stops by the icon on its row", async () => {
    await tree.clickInlineAction(name, "Stop Agent");
    await rowWithIcon(tree, name, "circle-outline", 30_000, /^stopped/);
    assert.deepEqual(await tree.inlineActions(name), ["Open Workspace", "Start Agent"]);
  });

  it("starts by the palette, and logs in as before", async () => {
    await workbench.runCommand(palette("Start Agent"));
    await workbench.quickInput.waitFor("Start Agent");
    await workbench.quickInput.pick(name);
    await rowWithIcon(tree, name, "circle-filled", 60_000);
    await ssh(agent.ssh?.alias ?? "", "test", "-e", "/app/from-terminal");
  });

  it("shows what somebody else does to the container", async () => {
    await docker("stop", "-t", "5", name);
    await rowWithIcon(tree, name, "circle-outline", 30_000);
    await docker("start", name);
    const row = await rowWithIcon(tree, name, "circle-filled", 60_000);
    assertGreen(row.color);
  });

  it("destroys after a question that names what is lost", async () => {
    await tree.clickInContextMenu(name, "Destroy Agent…");
    assert.match(await workbench.dialog.message(), new RegExp(`Destroy the agent ${name}`));
    assert.match(await workbench.dialog.detail(), /nowhere else.*from-terminal/);
    await workbench.dialog.click("Cancel");
    assert.ok((await tree.labels()).includes(name));

    await tree.clickInContextMenu(name, "Destroy Agent…");
    await workbench.dialog.click("Destroy Anyway");
    await rowGone(tree, name, 30_000);
    assert.deepEqual(await docker("ps", "-aq", "--filter", `name=^${name}$`), []);
    const volumes = await docker("volume", "ls", "-q");
    assert.ok(!volumes.some((volume) => volume.includes(agent.id)), volumes.join());
    await eventually(async () => assert.deepEqual(await sshFiles(), filesBefore));
  });
});
