// Three engines of three kinds in the tree; one dies, and comes back.
import assert from "node:assert/strict";
import { copyFile, mkdir, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import type { EngineHealth } from "../../src/model/health.js";
import { shortEngine } from "../../src/vscode/engineLabel.js";
import { startSshEngine, type SshEngineRig } from "../support/sshEngine.js";
import { startTlsEngine, type TlsEngineRig } from "../support/tlsEngine.js";
import { agentTree, call, freshName, palette } from "./product/agents";
import { createMany, removeMany } from "./product/many";
import { eventually } from "./support/eventually";
import { required } from "./support/environment";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

describe("three engines of three kinds", () => {
  const mark = freshName("three");
  const setting = () => vscode.workspace.getConfiguration("agentContainers");
  const more = (engines: string[] | undefined) =>
    setting().update("moreEngines", engines, vscode.ConfigurationTarget.Global);
  let workbench: Workbench;
  let tree: Tree;
  let ssh: SshEngineRig;
  let tls: TlsEngineRig;
  let local: string;
  let far: string;
  let here: string;

  before(async function () {
    this.timeout(60_000);
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    [ssh, tls] = await Promise.all([startSshEngine(), startTlsEngine()]);
    local = required("DOCKER_HOST");
    here = shortEngine(local);
    far = `ssh://far${local.replace("unix://", "")}`;
    await mkdir(join(homedir(), ".ssh"), { recursive: true, mode: 0o700 });
    await copyFile(ssh.configFile, join(homedir(), ".ssh", "config"));
    await tls.writeContext(join(homedir(), ".docker"), "behind-tls");
    await createMany(
      [
        {
          name: mark,
          labels: { "com.imbue.mngr.agent-id": `agent-${mark}`, "com.imbue.mngr.agent-name": mark },
        },
      ],
      mark,
    );
    await call("filter", mark);
  });
  after(async function () {
    this.timeout(60_000);
    await call("clearFilter");
    await more(undefined);
    await removeMany(mark);
    await rm(join(homedir(), ".ssh", "config"));
    await Promise.all([ssh.stop(), tls.stop()]);
  });

  const description = async (engine: string, expected: RegExp) =>
    eventually(async () => {
      const row = await tree.read(engine);
      assert.match(row.description, expected);
      return row;
    }, 30_000);

  it("are added: a Docker context from the list, an address by its name", async () => {
    await workbench.runCommand(palette("Add Engine…"));
    await workbench.quickInput.waitFor("Add Engine");
    await workbench.quickInput.pick("behind-tls");
    await description("behind-tls", /^Docker \d.* · 0 of 1 running/);
    const health = await call<EngineHealth>("addEngine", far);
    assert.equal(health.reachable, true, JSON.stringify(health));
    await description("far", /^Docker \d/);
    // Another setting is another core, which connects to each anew.
    await eventually(async () => {
      const rows = await tree.rows();
      const names = rows.filter(({ level }) => level === 1).map(({ label }) => label);
      assert.deepEqual(names, [here, "behind-tls", "far"]);
      assert.equal(rows.filter(({ label }) => label === mark).length, 3);
    });
    await workbench.screenshot("three-engines");
  });

  it("with one dead: the others stay listed, it says why, and comes back by itself", async () => {
    await tls.close();
    const dead = await description("behind-tls", /.{10}/);
    await eventually(async () => assert.equal((await tree.read("behind-tls")).icon, "error"));
    assert.match((await tree.read("behind-tls")).description, /127\.0\.0\.1/, JSON.stringify(dead));
    assert.match((await tree.read(here)).description, /^Docker/);
    assert.deepEqual(await tree.inlineActions("behind-tls"), ["Reconnect Engine"]);
    await workbench.screenshot("three-engines-one-dead");
    await call("groupByProject");
    await eventually(async () => assert.equal((await tree.read("behind-tls")).icon, "error"));
    await workbench.screenshot("three-engines-by-project");
    await call("groupByEngine");
    await tls.open();
    await description("behind-tls", /^Docker/);
    assert.match(await tree.tooltip("far"), /Answers in: \d+ ms/);
  });

  it("say which step fails before one is added, and offer what can be done", async () => {
    await workbench.runCommand(palette("Add Engine…"));
    await workbench.quickInput.waitFor("Add Engine");
    const typed = "unix:///no/such/engine.sock";
    await workbench.quickInput.type(typed);
    await workbench.quickInput.enter();
    assert.match(await workbench.dialog.message(), /no\/such\/engine\.sock failed at finding it/);
    assert.ok((await workbench.dialog.buttons()).includes("Add Anyway"));
    await workbench.dialog.click("Cancel");
    assert.deepEqual(setting().get("moreEngines"), ["context:behind-tls", far]);
  });

  it("are removed from the settings by their rows", async () => {
    await tree.clickInContextMenu("far", "Remove Engine from Settings");
    await eventually(() => assert.deepEqual(setting().get("moreEngines"), ["context:behind-tls"]));
    await eventually(async () => assert.equal(await tree.row("far").count(), 0));
    const menu = await tree.contextMenu(here);
    assert.ok(!menu.includes("Remove Engine from Settings"), menu.join());
    assert.ok(menu.includes("Create Agent Here…"), menu.join());
  });
});
