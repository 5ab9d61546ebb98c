// The picture in the README: taken of the real tree, and kept where AGENT_CONTAINERS_PICTURE says.
import { copyFile } from "node:fs/promises";
import * as vscode from "vscode";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import { agentTree, call, destroyAll, rowWithIcon } from "./product/agents";
import { Workbench } from "./support/workbench";

const target = process.env.AGENT_CONTAINERS_PICTURE;
const names = ["api-tests", "docs", "fix-login", "refactor-db"];

/** Waits until the window has drawn what it was given: terminals draw a frame later. */
async function painted({ page }: Workbench): Promise<void> {
  for (let frame = 0; frame < 30; frame += 1) {
    await page.evaluate("new Promise((resolve) => requestAnimationFrame(resolve))");
  }
}

describe("the picture in the README", () => {
  after(() => destroyAll(names));

  it("shows agents in several states", async () => {
    const workbench = await Workbench.connect();
    const tree = await agentTree(workbench);
    for (const name of names.slice(1)) await call("create", { name });
    await call("create", { name: "api-tests", command: ["sh", "-c", "sleep 3; exit 3"] });
    await call("stop", "docs");
    for (const [name, icon] of [
      ["api-tests", "error"],
      ["docs", "circle-outline"],
      ["fix-login", "circle-filled"],
      ["refactor-db", "circle-filled"],
    ] as const) {
      await rowWithIcon(tree, name, icon, 30_000);
    }
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await tree.expand("fix-login");
    await call("openTerminal", "fix-login");
    const terminal = vscode.window.terminals.find(({ name }) => name === "fix-login");
    // What is typed before the prompt is there would be shown twice.
    await eventually(() => docker("exec", "fix-login", "pgrep", "-u", "agent", "bash"));
    terminal?.sendText("head -1 /etc/os-release; whoami; hostname; touch /tmp/typed");
    await eventually(() => docker("exec", "fix-login", "test", "-e", "/tmp/typed"));
    await painted(workbench);
    const picture = await workbench.screenshot("readme");
    if (target) await copyFile(picture, target);
    terminal?.dispose();
  });
});
