import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { engineThings, startProduct, writeUserConfig, type Product } from "../support/product.js";

const count = 20;
const atOnce = 4;

/** Runs `work` for 0 … count-1, `atOnce` at a time. */
async function inTurns<T>(work: (index: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let index = next++; index < count; index = next++) results[index] = await work(index);
    }),
  );
  return results;
}

describe("twenty agents, four at a time, from two programs", () => {
  let product: Product;
  let before: { things: object; files: object };
  let agents: Agent[];

  beforeAll(async () => {
    product = await startProduct();
    await writeUserConfig(product.home, "# mine\r\nHost elsewhere\r\n  User me\r\n");
    before = {
      things: await engineThings(product.engine, product.prefix),
      files: await product.sshFiles(),
    };
    const programs = [product.core, product.another()];
    agents = await inTurns((index) =>
      (programs[index % 2] ?? product.core).create({ name: `${product.prefix}-${index}` }),
    );
  });
  afterAll(() => product.dispose());

  it("all take a login from a terminal", async () => {
    const names = await inTurns(async (index) =>
      (await product.ssh(agents[index]?.ssh?.alias ?? "", "hostname")).stdout.trim(),
    );
    expect(names).toEqual(agents.map(({ name }) => name));
  });

  it("share no port, alias, id or key", () => {
    const distinct = (values: unknown[]) => expect(new Set(values).size).toBe(values.length);
    const published = (agent: Agent) =>
      agent.endpoints.filter(({ type }) => type === "tcp").map(({ port }) => port);
    distinct(agents.flatMap((agent) => [agent.ssh?.port, ...published(agent)]));
    distinct(agents.map(({ id }) => id));
    distinct(agents.map(({ ssh }) => ssh?.alias));
    distinct(agents.map(({ ssh }) => ssh?.identityFile));
  });

  it("are on one network, and reach each other by name", async () => {
    const networks = (await product.engine.listNetworks()).filter(({ name }) => name === product.prefix);
    expect(networks).toHaveLength(1);
    const peer = agents[7]?.name ?? "";
    const { stdout } = await product.core.exec(agents[0]?.name ?? "", { command: ["getent", "hosts", peer] });
    expect(stdout).toContain(peer);
  });

  it("have each one block and one pinned key", async () => {
    const files = await product.sshFiles();
    const config = files["agent-containers/config"] ?? "";
    expect(config.match(/^Host /gm)).toHaveLength(count);
    expect(files["agent-containers/known_hosts"]?.match(/ ssh-ed25519 /g)).toHaveLength(count);
  });

  it("leave everything as it was when they are destroyed", async () => {
    await inTurns((index) => product.core.destroy(agents[index]?.id ?? "", { force: true }));
    expect(await engineThings(product.engine, product.prefix)).toEqual(before.things);
    expect(await product.sshFiles()).toEqual(before.files);
    for (const { id } of agents) {
      expect(await product.engine.listVolumes(`com.imbue.mngr.agent-id=${id}`)).toEqual([]);
    }
  });
});
