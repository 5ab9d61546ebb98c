// How the open folder gets into an agent: what the create flow offers, and that a mounted folder is the same on both sides.
import assert from "node:assert/strict";
import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import { agentTree, call, destroyAll, freshName, palette, refusal, rowWithIcon } from "./product/agents";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

/** Root's folders give the agent nobody's ids to take: it keeps its own. */
const uidInside = process.getuid?.() === 0 ? 1000 : process.getuid?.();

describe("the open folder as a workspace", () => {
  const name = freshName("bind");
  const cloned = freshName("clone");
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const path = folder?.uri.fsPath ?? "";
  let workbench: Workbench;
  let tree: Tree;
  let modeBefore: number;

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    modeBefore = (await stat(path)).mode & 0o777;
    // The suite may run as root, whose folder no agent's user could write. (Git gives up on a folder of another owner.)
    await chmod(path, 0o777);
  });
  after(async () => {
    await destroyAll([name, cloned]);
    await rm(join(path, "from-inside"), { force: true });
    await rm(join(path, "from-here"), { force: true });
    await chmod(path, modeBefore);
  });

  it("is offered as a clone, a copy, mounted, or not at all", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand(palette("Create Agent…"));
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.type(name);
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (2/4)");
    await quickInput.pick("debian:bookworm-slim");
    await quickInput.waitFor("Create Agent (3/4)");
    const labels = (await quickInput.items()).map(({ label }) => label);
    // What was chosen last comes first, but a mount never does: Enter alone does not let an agent at one's files.
    assert.notEqual(labels[0], "project itself, mounted");
    assert.deepEqual(labels.sort(), [
      "Clone of project",
      "Copy of project",
      "Empty workspace",
      "project itself, mounted",
    ]);
    await workbench.screenshot("create-workspace");
  });

  it("that is mounted is the same on both sides, and its files have one owner", async () => {
    const { quickInput } = workbench;
    await quickInput.pick("project itself, mounted");
    await quickInput.waitFor("Create Agent (4/4)");
    // The choice is kept when one goes back.
    await quickInput.back();
    await quickInput.waitFor("Create Agent (3/4)");
    assert.equal((await quickInput.items())[0]?.label, "project itself, mounted");
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (4/4)");
    await quickInput.enter();
    await rowWithIcon(tree, name, "circle-filled", 60_000);

    await writeFile(join(path, "from-here"), "one");
    const { stdout } = await call<{ stdout: string }>("exec", name, {
      command: ["sh", "-c", "cat from-here README.md | head -c 3; echo two > from-inside"],
    });
    assert.equal(stdout, "one");
    assert.equal(await readFile(join(path, "from-inside"), "utf8"), "two\n");
    assert.equal((await stat(join(path, "from-inside"))).uid, uidInside);
    const agent = await call<Agent>("get", name);
    assert.equal(agent.workspaceFolder, "/app");
  });

  it("that is a repository is cloned with what is not committed", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand(palette("Create Agent…"));
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.type(cloned);
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (2/4)");
    await quickInput.pick("debian:bookworm-slim");
    await quickInput.waitFor("Create Agent (3/4)");
    // The folder was chosen last, and a clone is what fits it: Enter takes it.
    assert.equal((await quickInput.items())[0]?.label, "Clone of project");
    await workbench.screenshot("create-clone");
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (4/4)");
    await quickInput.enter();
    await rowWithIcon(tree, cloned, "circle-filled", 60_000);
    const { stdout } = await call<{ stdout: string }>("exec", cloned, {
      command: ["sh", "-c", "git log --format=%s; git status --porcelain from-here; ls -A .git/hooks"],
    });
    assert.equal(stdout, "First\n?? from-here\n");
  });

  it("is refused to programs where it is none, with the field, and nothing is shown", async () => {
    const shown = await workbench.notifications.messages();
    const workspace = { mode: "bind", source: join(path, "README.md") };
    const refused = await refusal(call("create", { name: freshName("bind"), workspace }));
    assert.equal(refused.code, "WORKSPACE_INVALID");
    assert.deepEqual(await workbench.notifications.messages(), shown);
  });
});
