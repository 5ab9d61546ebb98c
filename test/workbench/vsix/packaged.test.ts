import { strict as assert } from "node:assert";
import { realpath } from "node:fs/promises";
import * as vscode from "vscode";
import { Workbench } from "../support/workbench";

const ID = "agent-containers.agent-containers";

describe("The packaged extension", () => {
  it("is installed as a copy", async () => {
    const extension = vscode.extensions.getExtension(ID);
    assert.ok(extension, `${ID} is not installed`);
    assert.equal(await realpath(extension.extensionPath), extension.extensionPath);
    assert.match(extension.extensionPath, /extensions[\\/]agent-containers\.agent-containers-/);
  });

  it("activates with every command it declares", async () => {
    const extension = vscode.extensions.getExtension<unknown>(ID);
    await extension?.activate();
    const { contributes } = extension?.packageJSON as { contributes: { commands: { command: string }[] } };
    const known = await vscode.commands.getCommands(true);
    assert.ok(contributes.commands.length > 0);
    assert.deepEqual(
      contributes.commands.map(({ command }) => command).filter((command) => !known.includes(command)),
      [],
    );
  });

  it("shows its view", async () => {
    const workbench = await Workbench.connect();
    await workbench.openContainer("Agent Containers");
    await workbench.screenshot("packaged");
  });
});
