// Several engines at once, pausing, renaming and cleaning up, in the real tree.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { PruneResult } from "../../src/agents/prune.js";
import { shortEngine } from "../../src/vscode/engineLabel.js";
import type { Agent } from "../../src/model/agent.js";
import { agentTree, call, destroyAll, freshName, palette, rowGone, rowWithIcon } from "./product/agents";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

describe("an agent that is paused and renamed", () => {
  const name = freshName("life");
  const later = `${name}-later`;
  let workbench: Workbench;
  let tree: Tree;
  let agent: Agent;

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    agent = await call<Agent>("create", { name });
  });
  after(() => destroyAll([name, later]));

  it("shows the pause, also one that somebody else made", async () => {
    await call("pause", name);
    await rowWithIcon(tree, name, "debug-pause");
    await call("resume", name);
    await rowWithIcon(tree, name, "circle-filled");
    await docker("pause", name);
    await rowWithIcon(tree, name, "debug-pause");
    await docker("unpause", name);
    await rowWithIcon(tree, name, "circle-filled");
  });

  it("is renamed by the palette, with its alias kept", async () => {
    await workbench.runCommand(palette("Rename Agent…"));
    await workbench.quickInput.waitFor("Rename Agent");
    await workbench.quickInput.pick(name);
    await eventually(async () => assert.equal(await workbench.quickInput.value(), name));
    await workbench.quickInput.type(later);
    await workbench.quickInput.enter();
    await rowWithIcon(tree, later, "circle-filled");
    await rowGone(tree, name);
    const renamed = await call<Agent>("get", later);
    assert.deepEqual([renamed.id, renamed.ssh], [agent.id, agent.ssh]);
  });
});

describe("cleaning up", () => {
  it("tells what is left over, and why it may go", async () => {
    const volume = `agent-containers-${freshName("left")}`;
    await docker("volume", "create", "--label", "com.imbue.mngr.agent-id=agent-of-nobody", volume);
    const { found } = await call<PruneResult>("prune", undefined, {});
    const left = found.find(({ name }) => name === volume);
    assert.match(left?.why ?? "", /agent is gone/);
    const { removed } = await call<PruneResult>("prune", undefined, { remove: [`volume:${volume}`] });
    assert.deepEqual(
      removed.map(({ name }) => name),
      [volume],
    );
  });
});

describe("a second engine", () => {
  const setting = () => vscode.workspace.getConfiguration("agentContainers");
  const more = (engines: string[] | undefined) =>
    setting().update("moreEngines", engines, vscode.ConfigurationTarget.Global);
  after(() => more(undefined));

  it("that is dead stands beside the first, and says why", async () => {
    const workbench = await Workbench.connect();
    const tree = await agentTree(workbench);
    await more(["unix:///no/such/engine.sock"]);
    const row = await eventually(async () => {
      assert.equal(await tree.row("/no/such/engine.sock").count(), 1);
      return tree.read("/no/such/engine.sock");
    });
    assert.match(row.description, /no docker engine/i);
    const first = await tree.read(shortEngine(process.env.DOCKER_HOST ?? ""));
    assert.notEqual(first.icon, row.icon);
    await more(undefined);
    await rowGone(tree, "/no/such/engine.sock");
  });
});
