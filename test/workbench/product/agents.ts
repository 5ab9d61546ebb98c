import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import type { Agent } from "../../../src/model/agent.js";
import { eventually } from "../support/eventually";
import type { Row, Tree } from "../support/tree";
import type { Workbench } from "../support/workbench";

export const container = "Agent Containers";
export const view = "Agents";

/** A command as the palette shows it. */
export const palette = (title: string) => `${container}: ${title}`;

/** A name that nobody else on the engine has. */
export const freshName = (what: string) => `wb-${what}-${randomBytes(4).toString("hex")}`;

/** Calls a command as another extension would. */
export async function call<T>(verb: string, ...args: unknown[]): Promise<T> {
  return vscode.commands.executeCommand<T>(`agentContainers.${verb}`, ...args);
}

/** What a call is refused with; fails where it is not. */
export async function refusal(
  work: Promise<unknown>,
): Promise<Error & { code?: string; suggestion?: string }> {
  const result = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("error" in result && result.error instanceof Error) return result.error;
  throw new assert.AssertionError({ message: `not refused: ${JSON.stringify(result)}` });
}

/** The tree of agents, on the screen. */
export async function agentTree(workbench: Workbench): Promise<Tree> {
  await workbench.openContainer(container);
  return workbench.tree(view);
}

/** Waits until a row has an icon, and a description with it. @returns it as it then is. */
export async function rowWithIcon(
  tree: Tree,
  name: string,
  icon: string,
  limit?: number,
  description = /./,
): Promise<Row> {
  return eventually(async () => {
    assert.equal(await tree.row(name).count(), 1, `${name} is not listed once`);
    const row = await tree.read(name);
    assert.equal(row.icon, icon, `${name} is ${JSON.stringify(row)}`);
    assert.match(row.description, description);
    return row;
  }, limit);
}

/** Waits until a row is gone. */
export async function rowGone(tree: Tree, name: string, limit?: number): Promise<void> {
  await eventually(
    async () => assert.ok(!(await tree.labels()).includes(name), `${name} is still listed`),
    limit,
  );
}

/** Answers the create flow: a name, and Enter for everything else. */
export async function createByEnter(workbench: Workbench, name: string): Promise<void> {
  const { quickInput } = workbench;
  await quickInput.waitFor("Create Agent (1/4)");
  await quickInput.type(name);
  for (const step of [1, 2, 3, 4]) {
    await quickInput.waitFor(`Create Agent (${step}/4)`);
    await quickInput.enter();
  }
}

/** Removes agents and their snapshots, whatever came before; to be run after tests. */
export async function destroyAll(names: Iterable<string>): Promise<void> {
  const agents = await call<Agent[]>("list");
  const wanted = new Set(names);
  for (const { id, name } of agents)
    if (wanted.has(name)) await call("destroy", id, { force: true, snapshots: "delete" });
}
