import { createServer, connect, type Server, type Socket } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";
import { testSocketPath } from "../support/testEngine.js";

/** The test engine under a second address, which can go away and come back. */
function secondDoor(path: string) {
  const sockets = new Set<Socket>();
  let server: Server | undefined;
  return {
    open: () =>
      new Promise<void>((resolve) => {
        server = createServer((near) => {
          const far = connect(testSocketPath());
          for (const socket of [near, far]) {
            sockets.add(socket);
            socket.on("error", () => socket.destroy()).on("close", () => sockets.delete(socket));
          }
          near.pipe(far).pipe(near);
        }).listen(path, resolve);
      }),
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets) socket.destroy();
        server?.close(() => resolve());
      }),
  };
}

describe("several engines", () => {
  let product: Product;
  let folder: string;
  let second: string;
  let door: ReturnType<typeof secondDoor>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "agent-containers-doors-"));
    second = `unix://${join(folder, "second.sock")}`;
    door = secondDoor(join(folder, "second.sock"));
    await door.open();
    product = await startProduct({
      moreEngines: [second, `unix://${join(folder, "dead.sock")}`, "context:no-such"],
    });
  });
  afterAll(async () => {
    await product.dispose();
    await door.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("tell each its own health", async () => {
    const health = await product.core.health();
    expect(health.map(({ reachable, problem }) => problem?.code ?? reachable)).toEqual([
      true,
      true,
      "ENGINE_NOT_FOUND",
      "ENGINE_NOT_FOUND",
    ]);
  });

  it("list what answers, whatever is dead, and make agents where they are told to", async () => {
    const agent = await product.core.create({ name: product.name() }, { engine: second });
    expect(agent.engine).toBe(second);
    const seen = (await product.core.list()).filter(({ id }) => id === agent.id);
    // One engine by two doors: found by both, each under its own name.
    expect(seen).toHaveLength(2);
    await expect(product.core.get(agent.id)).rejects.toMatchObject({ code: "AMBIGUOUS" });
    expect((await product.core.get(agent.id, { engine: second })).engine).toBe(second);
    await expect(product.core.create({}, { engine: "unix:///none" })).rejects.toMatchObject({
      code: "ENGINE_NOT_FOUND",
      field: "engine",
    });
    const missing = product.core.get(`${product.prefix}-missing`);
    await expect(missing).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: expect.stringContaining("dead.sock") as string,
    });
    await product.core.destroy(agent.id, {}, { engine: second });
  });

  it("are each followed on their own, and come back by themselves", async () => {
    const watching = product.core.watch();
    const link = (engine: string) => product.core.picture.engines.find(({ name }) => name === engine)?.link;
    await eventually("both live, both others down", () => {
      const kinds = product.core.picture.engines.map(({ link: { kind } }) => kind);
      return (
        kinds.filter((kind) => kind === "live").length === 2 &&
        kinds.filter((kind) => kind === "down").length === 2
      );
    });
    await door.close();
    await eventually("the second is down", () => link(second)?.kind === "down");
    expect(product.core.picture.engines[0]?.link.kind).toBe("live");
    await door.open();
    await eventually("the second is back", () => link(second)?.kind === "live");
    watching.dispose();
  });
});
