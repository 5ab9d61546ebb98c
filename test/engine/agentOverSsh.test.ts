import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { eventually } from "../support/collect.js";
import { startProduct, writeUserConfig, type Product } from "../support/product.js";
import { startSshEngine, type SshEngineRig } from "../support/sshEngine.js";
import { testSocketPath } from "../support/testEngine.js";

describe("an agent on an engine behind ssh", () => {
  let far: SshEngineRig;
  let product: Product;
  let agent: Agent;

  beforeAll(async () => {
    far = await startSshEngine();
    product = await startProduct({ engine: `ssh://far${testSocketPath()}` });
    // The host is the user's own affair: name, port, key and known_hosts are in their configuration.
    await writeUserConfig(product.home, await readFile(far.configFile, "utf8"));
    agent = await product.core.create({ name: product.name(), env: { WHERE: "far" } });
  });
  afterAll(async () => {
    await product.dispose();
    await far.stop();
  });

  it("is made, and logged into over the one connection to the engine", () => {
    expect(agent).toMatchObject({ state: "running", engine: `ssh://far${testSocketPath()}` });
    expect(far.proxy.accepted).toBe(1);
    // What is published on the far loopback is not on ours.
    expect(agent.endpoints.filter(({ type }) => type === "tcp")).toEqual([]);
  });

  it("is reached by ssh <alias> from here, through that host", async () => {
    const before = far.proxy.accepted;
    const { stdout } = await product.ssh(agent.ssh?.alias ?? "", "echo $WHERE");
    expect(stdout).toBe("far\n");
    expect(far.proxy.accepted).toBe(before + 1);
  });

  it("stops, starts, opens and runs commands like any other", async () => {
    expect((await product.core.stop(agent.name)).state).toBe("stopped");
    expect((await product.core.start(agent.name)).state).toBe("running");
    expect((await product.core.exec(agent.name, { command: ["cat"], stdin: "x" })).stdout).toBe("x");
    expect((await product.core.open(agent.name)).uri).toBe(
      `vscode-remote://ssh-remote+${agent.ssh?.alias ?? ""}/app`,
    );
  });

  it("is seen live, and again after the connection was cut", async () => {
    const watching = product.core.watch();
    const row = () => product.core.picture.agents.find(({ agent: { id } }) => id === agent.id);
    await eventually("it is listed", () => row()?.agent.state === "running" && !row()?.awaitingLogin);
    await far.signalSessions("SIGKILL");
    await eventually("the loss is seen", () => product.core.picture.engines[0]?.link.kind === "down");
    await eventually("it is back", () => product.core.picture.engines[0]?.link.kind === "live");
    expect(row()?.agent.state).toBe("running");
    watching.dispose();
  });

  it("leaves the user's configuration as it was", async () => {
    const config = await readFile(far.configFile, "utf8");
    await product.core.destroy(agent.id);
    expect(await product.sshFiles()).toEqual({ config: `600 ${config}` });
  });
});
