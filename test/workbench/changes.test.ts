// What an agent changed, shown, brought here, and not lost with it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Agent } from "../../src/model/agent.js";
import type { Changes } from "../../src/model/changes.js";
import {
  agentTree,
  call,
  destroyAll,
  freshName,
  palette,
  refusal,
  rowGone,
  rowWithIcon,
} from "./product/agents";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

describe("the changes of an agent", () => {
  const name = freshName("changes");
  let folder: string;
  let workbench: Workbench;
  let tree: Tree;

  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder, encoding: "utf8" });

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    folder = await mkdtemp(join(tmpdir(), "ac-wb-changes-"));
    git("init", "-q", "-b", "main");
    git("config", "user.name", "Test");
    git("config", "user.email", "test@localhost");
    for (const file of ["answer.js", "old.js"])
      await writeFile(join(folder, file), `export const ${file[0] ?? ""} = 41;\n`);
    git("add", "-A");
    git("commit", "-qm", "first");
    await call("create", {
      name,
      image: "debian:bookworm-slim",
      workspace: { mode: "copy", source: folder },
    });
    const command = ["sh", "-c", "sed -i s/41/42/ answer.js; git rm -q old.js; echo new >'a new ü.txt'"];
    await call("exec", name, { command });
    await rowWithIcon(tree, name, "circle-filled", 60_000);
  });
  after(async () => {
    await destroyAll([name]);
    await rm(folder, { recursive: true, force: true });
  });

  it("are a plain value for programs, and their codes are stable", async () => {
    const { files } = await call<Changes>("diff", name, {});
    assert.deepEqual(files.map(({ path, status }) => [path, status]).sort(), [
      ["a new ü.txt", "added"],
      ["answer.js", "modified"],
      ["old.js", "deleted"],
    ]);
    assert.equal((await refusal(call("pull", name, { mode: "nonsense" }))).code, "SPEC_INVALID");
    assert.equal((await refusal(call("destroy", name, { force: "yes" }))).code, "SPEC_INVALID");
  });

  it("are shown in the editor's multi-file diff, from the row's menu", async () => {
    await tree.clickInContextMenu(name, "Show Changes");
    const editor = workbench.page.locator(".multiDiffEntry");
    await eventually(async () => assert.ok((await editor.count()) >= 3, "three files are shown"), 20_000);
    await eventually(async () => {
      const text = (await workbench.page.locator(".multiDiffEntry").allInnerTexts())
        .join("\n")
        .replaceAll("\u00a0", " ");
      for (const part of ["answer.js", "= 42;", "= 41;", "a new ü.txt", "old.js"])
        assert.ok(text.includes(part), part);
    }, 20_000);
    await workbench.screenshot("changes-shown");
    await workbench.runCommand("View: Close All Editors");
  });

  it("are applied here, those files that stay chosen", async () => {
    const { quickInput, page } = workbench;
    await tree.clickInContextMenu(name, "Apply Changes Here…");
    await quickInput.waitFor(`Apply Changes of ${name} Here`);
    await workbench.screenshot("changes-apply");
    await page
      .locator(".quick-input-widget .quick-input-list .monaco-list-row", { hasText: "old.js" })
      .click();
    await quickInput.enter();
    await eventually(
      async () => assert.match(await readFile(join(folder, "answer.js"), "utf8"), /42/),
      20_000,
    );
    assert.equal(await readFile(join(folder, "a new ü.txt"), "utf8"), "new\n");
    assert.match(await readFile(join(folder, "old.js"), "utf8"), /41/);
    assert.equal(git("rev-list", "--count", "HEAD").trim(), "1");
  });

  it("are not lost by Enter: destroying names them, and keeps the agent unless told otherwise", async () => {
    const { dialog, page } = workbench;
    // What was applied is said, and the row is free again.
    await eventually(async () => {
      const said = await workbench.notifications.messages();
      assert.ok(
        said.some((text) => text.includes("2 files changed")),
        said.join("\n"),
      );
    });
    await rowWithIcon(tree, name, "circle-filled");
    // What was applied was fetched with it. This was not:
    await call("exec", name, { command: ["sh", "-c", "echo later >later.js"] });
    await tree.clickInContextMenu(name, "Destroy Agent…");
    assert.match(await dialog.message(), new RegExp(`Destroy the agent ${name}\\?`));
    const detail = await dialog.detail();
    assert.match(detail, /1 uncommitted files \(later\.js\)/);
    await workbench.screenshot("changes-destroy");
    assert.ok((await dialog.buttons()).includes("Fetch and Destroy"));
    await page.keyboard.press("Enter");
    await page.locator(".monaco-dialog-box").waitFor({ state: "hidden" });
    const [agent] = (await call<Agent[]>("list")).filter((one) => one.name === name);
    assert.equal(agent?.state, "running");
  });

  it("are fetched before the agent goes, when that is chosen", async () => {
    await workbench.runCommand(palette("Destroy Agent…"));
    await workbench.quickInput.pick(name);
    await workbench.dialog.message();
    await workbench.dialog.click("Fetch and Destroy");
    await rowGone(tree, name, 30_000);
    assert.equal(git("show", `refs/agents/${name}/worktree:answer.js`).trim(), "export const a = 42;");
    assert.equal(git("show", `refs/agents/${name}/worktree:later.js`), "later\n");
  });
});
