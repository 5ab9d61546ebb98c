// Files that are dropped on the tree, from the Explorer and from outside of the editor.
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import { agentTree, call, container, destroyAll, freshName, rowWithIcon } from "./product/agents";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

/** Of the page, where they run. */
declare const DataTransfer: new () => { items: { add(file: File): void } };
declare const DragEvent: new (type: string, init: object) => Event;

describe("files that are dropped", () => {
  const name = freshName("drop");
  let workbench: Workbench;
  let tree: Tree;

  const read = async (path: string) => (await call<{ content: string }>("readFile", name, { path })).content;
  const middle = async (of: Locator) => {
    const box = await of.boundingBox();
    assert.ok(box, "it is not on the screen");
    return [box.x + Math.min(60, box.width / 2), box.y + box.height / 2] as const;
  };
  /** From a row of the Explorer, over the icon that opens our view, to one of its rows. */
  const drag = async (file: string, row: string) => {
    const { page } = workbench;
    await workbench.openContainer("Explorer");
    const explorer = page.getByRole("tree", { name: "Files Explorer" });
    const tab = page.locator(".part.activitybar").getByRole("tab", { name: container });
    await page.mouse.move(...(await middle(explorer.getByRole("treeitem", { name: file }))));
    await page.mouse.down();
    const [x, y] = await middle(tab);
    await page.mouse.move(x + 3, y + 3, { steps: 5 });
    // The editor opens a container over whose icon something is held.
    await eventually(async () => {
      await page.mouse.move(x, y, { steps: 2 });
      assert.ok(await tree.row(row).isVisible());
    }, 15_000);
    await page.mouse.move(...(await middle(tree.row(row))), { steps: 5 });
    await page.mouse.up();
  };
  /** A file from outside, as a browser gives it: a name and bytes. */
  const dropFromOutside = (row: string, file: string, content: string) =>
    tree.row(row).evaluate(
      (element: EventTarget, given) => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File([given.content], given.file, { type: "text/plain" }));
        for (const type of ["dragenter", "dragover", "drop"])
          element.dispatchEvent(
            new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true, composed: true }),
          );
      },
      { file, content },
    );

  before(async function () {
    this.timeout(120_000);
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
    await call<Agent>("create", { name });
    await rowWithIcon(tree, name, "circle-filled", 60_000);
  });
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await destroyAll([name]);
  });

  it("from the Explorer on an agent's row are in its workspace, a folder too", async () => {
    await drag("src", name);
    await eventually(async () => assert.match(await read("/app/src/answer.js"), /answer/), 20_000);
    await workbench.screenshot("dropped");
  });

  it("replace what is there after a question, and nothing without a yes", async () => {
    await call("writeFile", name, { path: "/app/README.md", content: "the agent's own\n" });
    await drag("README.md", name);
    assert.equal(await workbench.dialog.message(), "Replace what is in /app already?");
    assert.equal(await workbench.dialog.detail(), "README.md");
    await workbench.dialog.click("Cancel");
    assert.equal(await read("/app/README.md"), "the agent's own\n");
    await drag("README.md", name);
    await workbench.dialog.message();
    await workbench.dialog.click("Replace");
    await eventually(async () => assert.notEqual(await read("/app/README.md"), "the agent's own\n"), 20_000);
  });

  it("from outside of the editor come too, also into an agent that is stopped", async () => {
    await dropFromOutside(name, "from outside ü.txt", "hello\n");
    await eventually(async () => assert.equal(await read("/app/from outside ü.txt"), "hello\n"), 20_000);
    await call("stop", name, { graceSeconds: 1 });
    await rowWithIcon(tree, name, "circle-outline", 20_000);
    await dropFromOutside(name, "later.txt", "there\n");
    await eventually(async () => assert.equal(await read("/app/later.txt"), "there\n"), 20_000);
  });

  it("on a row that is no agent are refused in words", async function () {
    this.timeout(60_000);
    await call("snapshot", name, { name: "dropped on" });
    try {
      await eventually(async () => assert.equal((await tree.read(name)).expanded, false), 20_000);
      await tree.expand(name);
      await rowWithIcon(tree, "dropped on", "device-camera", 10_000);
      await dropFromOutside("dropped on", "x.txt", "x");
      await workbench.notifications.waitFor("Files can only be dropped on an agent.");
      await workbench.notifications.dismiss("Files can only be dropped on an agent.");
    } finally {
      await call("deleteSnapshot", "dropped on");
    }
  });
});
