// Secrets as a user gives them: typed where nobody sees it, ticked for an agent, and there in its logins.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import type { Agent } from "../../src/model/agent.js";
import {
  agentTree,
  call,
  destroyAll,
  freshName,
  palette,
  refusal,
  rowWithIcon,
  view,
} from "./product/agents";
import { docker, ssh } from "./product/engine";
import { eventually } from "./support/eventually";
import type { Tree } from "./support/tree";
import { Workbench } from "./support/workbench";

describe("secrets", () => {
  const name = freshName("secret");
  const key = `WB_${randomBytes(4).toString("hex").toUpperCase()}`;
  const value = ` odd "value" $HOME ${randomBytes(8).toString("hex")} `;
  let workbench: Workbench;
  let tree: Tree;
  let agent: Agent;

  before(async () => {
    workbench = await Workbench.connect();
    tree = await agentTree(workbench);
  });
  after(async () => {
    await destroyAll([name]);
    await call("removeSecret", { name: key });
  });

  it("are set with a name that can be one, and a value that is not shown", async () => {
    const { quickInput } = workbench;
    await workbench.runCommand(palette("Set Secret…"));
    await quickInput.waitFor("Set Secret (1/2)");
    await quickInput.type("two words");
    await eventually(async () => assert.match(await quickInput.message(), /letters, digits and underscores/));
    await quickInput.type(key);
    await quickInput.enter();
    await quickInput.waitFor("Set Secret (2/2)");
    assert.equal(await workbench.page.locator(".quick-input-box input").getAttribute("type"), "password");
    await quickInput.type(value);
    await workbench.screenshot("secret-value");
    await quickInput.enter();
    await quickInput.waitUntilClosed();
  });

  it("are ticked for a new agent", async () => {
    const { quickInput } = workbench;
    await workbench.clickViewAction(view, "Create Agent…");
    await quickInput.waitFor("Create Agent (1/4)");
    await quickInput.type(name);
    await quickInput.enter();
    // By name and not by Enter, which takes what was chosen the last time.
    await quickInput.waitFor("Create Agent (2/4)");
    await quickInput.pick("debian:bookworm-slim");
    await quickInput.waitFor("Create Agent (3/4)");
    await quickInput.pick("Empty workspace");
    await quickInput.waitFor("Create Agent (4/4)");
    await quickInput.pick("CPUs, memory, environment, secrets, tags…");
    for (const step of [5, 6, 7]) {
      await quickInput.waitFor(`Create Agent (${step}/9)`);
      await quickInput.enter();
    }
    await quickInput.waitFor("Create Agent (8/9)");
    await quickInput.tick(key);
    await workbench.screenshot("secret-ticked");
    await quickInput.enter();
    await quickInput.waitFor("Create Agent (9/9)");
    await quickInput.enter();
    await rowWithIcon(tree, name, "circle-filled", 120_000, /^running/);
    agent = await call<Agent>("get", name);
  });

  it("are in logins, and not where others look", async () => {
    assert.equal(await ssh(agent.ssh?.alias ?? "", "printenv", key), `${value}\n`);
    const inspected = (await docker("inspect", name)).join("\n");
    assert.ok(inspected.includes(key), "its name is in a label");
    assert.ok(!inspected.includes(value.trim()));
  });

  it("come again after somebody else's restart", async () => {
    await docker("restart", name);
    await eventually(async () => {
      assert.equal(await ssh(agent.ssh?.alias ?? "", "printenv", key), `${value}\n`);
    });
  });

  it("that are removed keep an agent from starting, which says what to do", async () => {
    assert.deepEqual(await call("removeSecret", { name: key }), { name: key });
    const error = await refusal(call("restart", name, {}));
    assert.equal(error.code, "SECRET_UNAVAILABLE");
    assert.match(error.message, new RegExp(key));
    assert.equal((await refusal(call("setSecret", { name: "two words", value: "x" }))).code, "SPEC_INVALID");
    await call("setSecret", { name: key, value });
    await call("restart", name, {});
    assert.equal(await ssh(agent.ssh?.alias ?? "", "printenv", key), `${value}\n`);
  });
});
