// A Dockerfile of the open folder, from the question to an agent, and what is said when it does not build.
import assert from "node:assert/strict";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import { agentTree, call, destroyAll, freshName, palette, rowWithIcon } from "./product/agents";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

describe("an agent from the folder's Dockerfile", () => {
  const name = freshName("built");
  const label = `${name}.Dockerfile`;
  let workbench: Workbench;
  let tree: Tree;
  let path: string;

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder);
    path = join(folder.fsPath, label);
  });
  after(async () => {
    await rm(path, { force: true });
    await destroyAll([name]);
    const filter = `label=agent-containers.built.dockerfile=${path}`;
    // What was prepared goes before what it was prepared from.
    for (const role of ["prepared", "built"]) {
      const ids = await docker(
        "images",
        "-q",
        "--filter",
        filter,
        "--filter",
        `label=agent-containers.role=${role}`,
      );
      for (const id of new Set(ids)) await docker("rmi", "-f", id);
    }
  });

  async function choose(): Promise<void> {
    const { quickInput } = workbench;
    await workbench.runCommand(palette("Create Agent…"));
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.type(name);
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (2/4)");
    await quickInput.pick(label);
    await quickInput.waitFor("Create Agent (3/4)");
    await quickInput.pick("Empty workspace");
    await quickInput.waitFor("Create Agent (4/4)");
    assert.equal(await quickInput.placeholder(), `${name} from ${label}`);
    await quickInput.enter();
  }

  it("says which step fails, and keeps the whole log", async () => {
    await writeFile(path, `FROM debian:bookworm-slim\nENV SALT=${name}\nRUN echo the-reason && exit 9\n`);
    await choose();
    // The progress names the step too, while it runs.
    const said = await workbench.notifications.waitFor("exit code 9", 60_000);
    assert.match(said, /RUN echo the-reason/);
    assert.ok((await workbench.notifications.buttons("exit code 9")).includes("Show Log"));
    assert.match(await call<string>("showFailureLog", name), /BUILD_FAILED[^]*the-reason$/m);
    await workbench.notifications.dismiss("exit code 9");
    await call("dismissFailure", name);
  });

  it("builds, and ends in an agent that says where it comes from", async () => {
    await writeFile(path, `FROM debian:bookworm-slim\nENV SALT=${name}\nRUN echo built > /built\n`);
    await choose();
    await rowWithIcon(tree, name, "circle-filled", 120_000, /^running/);
    const agent = await call<Agent>("get", name);
    assert.equal(agent.image, path);
    await eventually(async () => assert.match(await tree.tooltip(name), new RegExp(`Image: .*${label}`)));
    const { stdout } = await call<{ stdout: string }>("exec", name, { command: ["cat", "/built"] });
    assert.equal(stdout, "built\n");
  });
});
