import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { roleLabel } from "../../src/model/labels.js";
import { freeSubnet } from "../../src/model/subnets.js";
import { buildCli, type BuiltCli } from "../support/builtCli.js";
import { rejection } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);
const variable = "AGENT_CONTAINERS_TEST_ENGINE";

/** The network that agents share (SPEC C7): made, joined, in conflict, taken away, and cleaned up. */
describe("the agents' network", () => {
  let product: Product;
  beforeAll(async () => {
    product = await startProduct();
  });
  afterAll(async () => {
    for (const { id, name } of await product.engine.listNetworks())
      if (name.startsWith(product.prefix)) await product.engine.removeNetwork(id);
    await product.dispose();
  });

  const subnet = async () =>
    freeSubnet((await product.engine.listNetworks()).map(({ subnet: taken = "" }) => taken)) ?? "";
  const find = (name: string) => product.engine.findNetwork(name);
  const docker = (...args: string[]) => run("docker", ["-H", process.env[variable] ?? "", ...args]);

  it("is made as it was asked for when it is missing, and goes with the last agent", async () => {
    const network = { name: `${product.prefix}-made`, subnet: await subnet() };
    const first = await product.core.create({ name: product.name(), network });
    const made = await find(network.name);
    expect(made).toMatchObject({ ...network, driver: "bridge", labels: { [roleLabel]: "network" } });
    const second = await product.core.create({ name: product.name(), network });
    expect((await find(network.name))?.id).toBe(made?.id);
    await product.core.destroy(first.id);
    expect((await find(network.name))?.id).toBe(made?.id);
    // Also a stopped agent needs it.
    await product.core.stop(second.id);
    const third = await product.core.create({ name: product.name(), network });
    await product.core.destroy(third.id);
    expect((await find(network.name))?.id).toBe(made?.id);
    await product.core.destroy(second.id);
    expect(await find(network.name)).toBeUndefined();
  });

  it("that somebody else made the same is joined, and stays", async () => {
    const network = { name: `${product.prefix}-same`, subnet: await subnet() };
    const id = await product.engine.createNetwork(network, {});
    const agent = await product.core.create({ name: product.name(), network });
    expect(Object.keys((await product.engine.inspectContainer(agent.containerId)).networks)).toEqual([
      network.name,
    ]);
    await product.core.destroy(agent.id);
    expect((await find(network.name))?.id).toBe(id);
    await product.engine.removeNetwork(id);
  });

  it("that is there otherwise is shown with both configurations, and either choice works", async () => {
    const name = `${product.prefix}-other`;
    const theirs = await subnet();
    const id = await product.engine.createNetwork({ name, subnet: theirs }, {});
    const wanted = await subnet();
    const error = await rejection(
      product.core.create({ name: product.name(), network: { name, subnet: wanted } }),
    );
    expect(error).toMatchObject({ code: "NETWORK_CONFLICT", field: "network", suggestion: name });
    expect(error.message).toContain(theirs);
    expect(error.message).toContain(wanted);
    const joined = await product.core.create({ name: product.name(), network: name });
    await product.core.destroy(joined.id);
    const own = { name: `${name}-2`, subnet: wanted };
    const apart = await product.core.create({ name: product.name(), network: own });
    await product.core.destroy(apart.id);
    expect(await find(own.name)).toBeUndefined();
    await product.engine.removeNetwork(id);
  });

  it("whose subnet overlaps another's names that one, and a free one that then works", async () => {
    const theirs = { name: `${product.prefix}-wide`, subnet: await subnet() };
    const id = await product.engine.createNetwork(theirs, {});
    const network = {
      name: `${product.prefix}-inside`,
      subnet: theirs.subnet.replace(/0\.0\/16$/, "8.0/24"),
    };
    const error = await rejection(product.core.create({ name: product.name(), network }));
    expect(error).toMatchObject({ code: "NETWORK_CONFLICT", field: "network" });
    expect(error.message).toContain(theirs.name);
    const remedy = "remedy" in error ? String(error.remedy) : "";
    const free = JSON.parse(/\{.*\}/.exec(remedy)?.[0] ?? "") as { name: string; subnet: string };
    expect(free.name).toBe(network.name);
    const agent = await product.core.create({ name: product.name(), network: free });
    await product.core.destroy(agent.id);
    await product.engine.removeNetwork(id);
  });

  /** As `docker network prune` does: the engine lets it go, because nothing is attached. */
  const removeBelow = async (name: string, ...agents: string[]) => {
    for (const agent of agents) await product.core.stop(agent);
    await product.engine.removeNetwork((await find(name))?.id ?? "");
  };

  it("that was removed below stopped agents is made again by the first that starts, and joined by the next", async () => {
    const network = { name: `${product.prefix}-again`, subnet: await subnet() };
    const alias = ["--network-alias", "db"];
    const first = await product.core.create({ name: product.name(), network, startArgs: alias });
    const second = await product.core.create({ name: product.name(), network });
    await removeBelow(network.name, first.id, second.id);
    // Ends with a login.
    expect((await product.core.start(first.id)).state).toBe("running");
    const made = await find(network.name);
    expect(made).toMatchObject({ ...network, labels: { [roleLabel]: "network" } });
    expect((await product.core.restart(second.id)).state).toBe("running");
    expect((await find(network.name))?.id).toBe(made?.id);
    const { exitCode } = await product.core.exec(second.id, { command: ["getent", "hosts", "db"] });
    expect(exitCode).toBe(0);
    for (const { id } of [first, second]) await product.core.destroy(id);
    expect(await find(network.name)).toBeUndefined();
  });

  it("that was removed below a stopped agent is made again by a restore, and by a fork", async () => {
    const network = { name: `${product.prefix}-kept`, subnet: await subnet() };
    const agent = await product.core.create({ name: product.name(), network });
    const snapshot = await product.core.snapshot(agent.id);
    await removeBelow(network.name, agent.id);
    expect((await product.core.restore(agent.id, { snapshot: snapshot.id })).state).toBe("running");
    expect(await find(network.name)).toMatchObject(network);
    await removeBelow(network.name, agent.id);
    const [fork] = await product.core.fork("", { snapshot: snapshot.id });
    expect(await find(network.name)).toMatchObject(network);
    await removeBelow(network.name, fork?.id ?? "");
    expect((await product.core.start(fork?.id ?? "")).state).toBe("running");
    expect(await find(network.name)).toMatchObject(network);
    await product.core.destroy(fork?.id ?? "");
    await product.core.destroy(agent.id, { snapshots: "delete" });
  });

  it("that somebody made otherwise meanwhile is not joined, and stays", async () => {
    const network = { name: `${product.prefix}-taken`, subnet: await subnet() };
    const agent = await product.core.create({ name: product.name(), network });
    const other = await subnet();
    await removeBelow(network.name, agent.id);
    const id = await product.engine.createNetwork({ name: network.name, subnet: other }, {});
    const error = await rejection(product.core.start(agent.id));
    expect(error).toMatchObject({ code: "NETWORK_CONFLICT" });
    expect(error.message).toContain(network.subnet);
    expect(error).toHaveProperty(
      "remedy",
      `Join the one that is there: docker network connect ${network.name} ${agent.name}. Then start the agent.`,
    );
    await docker("network", "connect", network.name, agent.name);
    expect((await product.core.start(agent.id)).state).toBe("running");
    await product.core.destroy(agent.id);
    expect((await find(network.name))?.id).toBe(id);
    await product.engine.removeNetwork(id);
  });

  it("that was the user's own and is gone is theirs to make: its start says so, and nothing else breaks", async () => {
    const network = { name: `${product.prefix}-gone` };
    await product.engine.createNetwork(network, {});
    const agent = await product.core.create({ name: product.name(), network: network.name });
    await removeBelow(network.name, agent.id);
    const error = await rejection(product.core.start(agent.id));
    expect(error).toMatchObject({ code: "NETWORK_CONFLICT" });
    expect(error.message).toContain("network is gone");
    expect(await find(network.name)).toBeUndefined();
    // What it advises helps.
    expect(error).toHaveProperty(
      "remedy",
      expect.stringContaining(
        `docker network create ${network.name}; docker network connect ${network.name} ${agent.name}`,
      ),
    );
    await docker("network", "create", network.name);
    await docker("network", "connect", network.name, agent.name);
    expect((await product.core.start(agent.id)).state).toBe("running");
    expect(await product.core.get(agent.id)).toMatchObject({ id: agent.id });
    await product.core.destroy(agent.id);
    // Theirs now, and not ours to remove.
    await product.engine.removeNetwork((await find(network.name))?.id ?? "");
    await expect(product.core.get(agent.id)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const again = await product.core.create({ name: product.name(), network: network.name });
    await product.core.destroy(again.id);
  });

  describe("from two processes at once", () => {
    let cli: BuiltCli;
    beforeAll(async () => {
      cli = await buildCli();
    });
    afterAll(() => cli.dispose());

    it("is made once, and serves both", async () => {
      const network = { name: `${product.prefix}-once`, subnet: await subnet() };
      const names = [product.name(), product.name()];
      const agents = await Promise.all(
        names.map((name) =>
          cli.json(product.home, ["create", "--input", "-"], JSON.stringify({ name, network })),
        ),
      );
      expect(agents.map(({ state }) => state)).toEqual(["running", "running"]);
      const made = (await product.engine.listNetworks()).filter(({ name }) => name === network.name);
      expect(made).toHaveLength(1);
      expect(await product.engine.listNetworkContainers(made[0]?.id ?? "")).toHaveLength(2);
      await Promise.all(names.map((name) => cli.json(product.home, ["destroy", name, "--force"])));
      expect(await find(network.name)).toBeUndefined();
    });
  });
});
