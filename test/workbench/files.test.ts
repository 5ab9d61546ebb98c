// Files of agents in the editor: opened, changed, saved, compared, with the agent running and stopped.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import { agentTree, call, destroyAll, freshName } from "./product/agents";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import { Workbench } from "./support/workbench";

describe("files of agents in the editor", () => {
  const names = [freshName("files"), freshName("files")];
  const [one = "", two = ""] = names;
  const uris: vscode.Uri[] = [];
  let workbench: Workbench;

  before(async () => {
    workbench = await Workbench.connect();
    await agentTree(workbench);
    for (const name of names) {
      const agent = await call<Agent>("create", { name });
      uris.push(
        vscode.Uri.from({ scheme: "agent-container", authority: agent.id, path: "/app/notes it's.md" }),
      );
      await call("writeFile", name, { path: "/app/notes it's.md", content: `# Notes of ${name}\n` });
    }
    await call("stop", two, { graceSeconds: 1 });
  });
  after(async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await destroyAll(names);
  });

  const edit = async (uri: vscode.Uri, text: string) => {
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(document, { preview: false });
    const change = new vscode.WorkspaceEdit();
    change.insert(uri, new vscode.Position(1, 0), text);
    assert.ok(await vscode.workspace.applyEdit(change));
    assert.ok(await document.save(), "it was not saved");
  };

  it("are opened, changed and saved in a running and in a stopped agent", async () => {
    for (const [index, uri] of uris.entries()) {
      await edit(uri, "changed in the editor\n");
      const name = names[index] ?? "";
      const { content } = await call<{ content: string }>("readFile", name, { path: uri.path });
      assert.equal(content, `# Notes of ${name}\nchanged in the editor\n`);
    }
    const inside = await docker("exec", one, "cat", "/app/notes it's.md");
    assert.match(inside.join("\n"), /changed in the editor/);
    await workbench.screenshot("files-editor");
  });

  it("of two agents are compared", async () => {
    const [left, right] = uris;
    await vscode.commands.executeCommand("vscode.diff", left, right, "Two agents");
    await workbench.page.locator(".monaco-diff-editor").waitFor();
    await workbench.screenshot("files-diff");
  });

  it("are a file system: listed, made, renamed, copied, removed, with the editor's own errors", async () => {
    for (const uri of uris) {
      const at = (name: string) => uri.with({ path: `/app/${name}` });
      const { fs } = vscode.workspace;
      await fs.createDirectory(at("made"));
      await fs.writeFile(at("made/a"), Buffer.from([0, 255, 10]));
      await fs.rename(at("made/a"), at("made/b"));
      await fs.copy(at("made/b"), at("made/c"));
      assert.deepEqual((await fs.readDirectory(at("made"))).sort(), [
        ["b", vscode.FileType.File],
        ["c", vscode.FileType.File],
      ]);
      assert.deepEqual([...(await fs.readFile(at("made/c")))], [0, 255, 10]);
      await fs.delete(at("made"), { recursive: true });
      await assert.rejects(async () => fs.stat(at("made")), { code: "FileNotFound" });
    }
    const shadow = uris[0]?.with({ path: "/etc/shadow" });
    assert.ok(shadow);
    await assert.rejects(async () => vscode.workspace.fs.readFile(shadow), { code: "NoPermissions" });
  });

  it("are found by walking through folders", async () => {
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    const tree = await agentTree(workbench);
    await tree.clickInContextMenu(two, "Open File in Agent…");
    const { quickInput } = workbench;
    await quickInput.waitFor(`Open File in ${two}`);
    await eventually(async () => {
      const labels = (await quickInput.items()).map(({ label }) => label);
      assert.deepEqual(labels, ["..", "notes it's.md"]);
    });
    await workbench.screenshot("files-pick");
    await quickInput.pick("notes it's.md");
    await eventually(() =>
      assert.equal(vscode.window.activeTextEditor?.document.uri.toString(), uris[1]?.toString()),
    );
  });
});
