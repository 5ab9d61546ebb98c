// The picture in the README: taken of the real tree, and kept where AGENT_CONTAINERS_PICTURE says.
import { execFileSync } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as vscode from "vscode";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import { agentTree, call, destroyAll, rowWithIcon } from "./product/agents";
import { Workbench } from "./support/workbench";

const target = process.env.AGENT_CONTAINERS_PICTURE;
const names = ["api-tests", "docs", "fix-login", "fix-login-codex", "fix-login-gemini"];

/** Waits until the window has drawn what it was given: terminals draw a frame later. */
async function painted({ page }: Workbench): Promise<void> {
  for (let frame = 0; frame < 30; frame += 1) {
    await page.evaluate("new Promise((resolve) => requestAnimationFrame(resolve))");
  }
}

const oldLogin = `export function login(user, password) {
  const found = users.get(user);
  if (found.password == password) {
    return { user, since: Date.now() };
  }
}
`;
const newLogin = `import { timingSafeEqual } from "node:crypto";

export function login(user, password) {
  const found = users.get(user);
  if (!found) throw new LoginError("unknown user");
  if (!timingSafeEqual(found.hash, hashOf(password, found.salt))) {
    throw new LoginError("wrong password");
  }
  return { user, since: Date.now() };
}
`;

describe("the picture in the README", () => {
  let folder: string;
  const git = (...args: string[]) => execFileSync("git", args, { cwd: folder });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ac-wb-picture-"));
    git("init", "-q", "-b", "main");
    git("config", "user.name", "Test");
    git("config", "user.email", "test@localhost");
    await writeFile(join(folder, "login.js"), oldLogin);
    git("add", "-A");
    git("commit", "-qm", "First");
  });
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await destroyAll(names);
    await rm(folder, { recursive: true, force: true });
  });

  it("shows agents in several states", async () => {
    const workbench = await Workbench.connect();
    const tree = await agentTree(workbench);
    await call("create", { name: "fix-login", workspace: { mode: "clone", source: folder } });
    await call("snapshot", "fix-login", { name: "before-the-fix", note: "all tests run" });
    await call("fork", "fix-login", { count: 2, names: names.slice(3) });
    await call("writeFile", "fix-login", { path: "/app/login.js", content: newLogin });
    await call("create", { name: "docs" });
    await call("create", { name: "api-tests", command: ["sh", "-c", "sleep 3; exit 3"] });
    await call("stop", "docs");
    for (const [name, icon] of [
      ["api-tests", "error"],
      ["docs", "circle-outline"],
      ["fix-login", "circle-filled"],
      ["fix-login-codex", "circle-filled"],
      ["fix-login-gemini", "circle-filled"],
    ] as const) {
      await rowWithIcon(tree, name, icon, 30_000);
    }
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    // Of the editor: the side bar takes what it gives.
    await vscode.commands.executeCommand("workbench.action.decreaseViewWidth");
    await tree.clickInContextMenu("fix-login", "Show Changes");
    await eventually(async () => {
      const shown = await workbench.page.locator(".multiDiffEntry").allInnerTexts();
      if (!shown.join().includes("timingSafeEqual")) throw new Error("the change is not shown yet");
    }, 20_000);
    await tree.expand("fix-login");
    await call("openTerminal", "fix-login");
    const terminal = vscode.window.terminals.find(({ name }) => name === "fix-login");
    // What is typed before the prompt is there would be shown twice.
    await eventually(() => docker("exec", "fix-login", "pgrep", "-u", "agent", "bash"));
    terminal?.sendText("whoami; git status --short; touch /tmp/typed");
    await eventually(() => docker("exec", "fix-login", "test", "-e", "/tmp/typed"));
    await rowWithIcon(tree, "fix-login", "circle-filled", 30_000, / MiB/);
    await painted(workbench);
    const picture = await workbench.screenshot("readme");
    if (target) await copyFile(picture, target);
    terminal?.dispose();
  });
});
