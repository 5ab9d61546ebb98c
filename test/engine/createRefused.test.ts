import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Core } from "../../src/app/core.js";
import { createCore } from "../../src/app/createCore.js";
import type { AgentError } from "../../src/model/errors.js";
import { nullLogger } from "../../src/util/log.js";
import { rejection } from "../support/collect.js";
import { engineThings, startProduct, type Product } from "../support/product.js";

describe("a create that cannot work", () => {
  let product: Product;

  beforeAll(async () => {
    product = await startProduct();
    await mkdir(product.home, { recursive: true });
    await writeFile(join(product.home, "file"), "");
  });
  afterAll(() => product.dispose());

  /** Its code, with a sentence and a remedy, and nothing of it left. */
  async function refused(spec: object, core: Core = product.core): Promise<AgentError> {
    const error = (await rejection(core.create(spec))) as AgentError;
    expect(error.message).toMatch(/\.$/);
    expect(error.remedy).toMatch(/\S/);
    expect(await engineThings(product.engine, product.prefix)).toMatchObject({
      containers: [],
      networks: [],
    });
    expect(await product.sshFiles()).toEqual({});
    return error;
  }

  it.each([
    ["a name with a space", { name: "with space" }, "SPEC_INVALID", "name"],
    ["memory that is no size", { memory: "lots" }, "SPEC_INVALID", "memory"],
    ["more CPUs than there are", { cpus: 4096 }, "SPEC_INVALID", "cpus"],
    ["an image that is none", { image: "UPPER CASE" }, "SPEC_INVALID", "image"],
    [
      "an image that is not here and not to be pulled",
      { image: "no/such:1", pull: "never" },
      "IMAGE_NOT_FOUND",
      undefined,
    ],
    [
      "a workspace that is missing",
      { workspace: { mode: "copy", source: "/no/such" } },
      "WORKSPACE_INVALID",
      "workspace.source",
    ],
    [
      "a workspace that is relative",
      { workspace: { mode: "copy", source: "app" } },
      "WORKSPACE_INVALID",
      "workspace.source",
    ],
    ["a user whom Linux refuses", { user: "Bob" }, "SPEC_INVALID", "user"],
    ["a GPU that is not there", { gpu: true }, "NO_GPU", "gpu"],
    ["a GPU that makes no sense", { gpu: { count: 0 } }, "SPEC_INVALID", "gpu.count"],
    ["a network of the host", { network: "host" }, "SPEC_INVALID", "network"],
    ["a key that is unknown", { memroy: "1g" }, "SPEC_INVALID", "memroy"],
  ])("for %s says so", async (_what, spec, code, field) => {
    const named = "name" in spec ? spec : { name: product.name(), ...spec };
    expect(await refused(named)).toMatchObject({ code, field });
  });

  it("for a file in the place of a workspace says so", async () => {
    const source = join(product.home, "file");
    const error = await refused({ name: product.name(), workspace: { mode: "copy", source } });
    expect(error).toMatchObject({ code: "WORKSPACE_INVALID", field: "workspace.source" });
    expect(error.message).toContain(source);
  });

  it("for an image that no registry answers for says so", async () => {
    const error = await refused({ name: product.name(), image: "127.0.0.1:1/none:latest" });
    expect(error.code).toBe("REGISTRY_UNREACHABLE");
  });

  it("for a taken name offers a free one", async () => {
    const name = product.name();
    const taken = await product.engine.createContainer(name, {
      Image: "debian:bookworm-slim",
      Cmd: ["true"],
    });
    try {
      const error = await rejection(product.core.create({ name }));
      expect(error).toMatchObject({ code: "NAME_CONFLICT", field: "name", suggestion: `${name}-2` });
      expect(await product.sshFiles()).toEqual({});
    } finally {
      await product.engine.removeContainer(taken.id);
    }
  });

  it("for packages that do not exist shows the log, and leaves no builder", async () => {
    const error = await refused({ name: product.name(), packages: ["no-such-package-anywhere"] });
    expect(error.code).toBe("PREPARE_FAILED");
    expect(error.log).toContain("no-such-package-anywhere");
  });

  it("for a command that ends at once shows why, and leaves nothing", async () => {
    const error = await refused({
      name: product.name(),
      command: ["sh", "-c", "echo the reason >&2; exit 3"],
    });
    expect(error.code).toBe("START_FAILED");
    expect(error.log).toContain("the reason");
  });

  it("for a port that is taken says which", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    try {
      const error = await refused({ name: product.name(), ports: [{ port: 80, hostPort: port }] });
      expect(error.code).toBe("PORT_CONFLICT");
      expect(error.message).toContain(String(port));
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  describe("because of its network", () => {
    const wanted = { subnet: "172.31.240.0/24", gateway: "172.31.240.1" };

    it("that exists otherwise, shows both, and joins it where it is named", async () => {
      const conflicted = await startProduct({ network: { name: `${product.prefix}-x`, ...wanted } });
      const id = await product.engine.createNetwork(
        { name: `${product.prefix}-x`, subnet: "172.31.241.0/24" },
        {},
      );
      try {
        const error = await rejection(conflicted.core.create({ name: conflicted.name() }));
        expect(error).toMatchObject({ code: "NETWORK_CONFLICT", field: "network" });
        expect(error.message).toContain("172.31.241.0/24");
        expect(error.message).toContain("172.31.240.0/24");
        const agent = await conflicted.core.create({
          name: conflicted.name(),
          network: `${product.prefix}-x`,
        });
        await conflicted.core.destroy(agent.id);
        // Not ours, so it stays.
        expect((await product.engine.findNetwork(`${product.prefix}-x`))?.id).toBe(id);
      } finally {
        await conflicted.dispose();
        await product.engine.removeNetwork(id);
      }
    });

    it("that overlaps another, names that one", async () => {
      const other = `${product.prefix}-other`;
      const overlapping = await startProduct({ network: { name: `${product.prefix}-y`, ...wanted } });
      const id = await product.engine.createNetwork({ name: other, subnet: "172.31.240.0/23" }, {});
      try {
        const error = await rejection(overlapping.core.create({ name: overlapping.name() }));
        expect(error).toMatchObject({ code: "NETWORK_CONFLICT" });
        expect(error.message).toContain(other);
      } finally {
        await overlapping.dispose();
        await product.engine.removeNetwork(id);
      }
    });
  });

  describe("because of its engine", () => {
    const coreAt = (socket: string) =>
      createCore({
        engine: `unix://${socket}`,
        env: {},
        homeDir: product.home,
        platform: process.platform,
        plainSsh: false,
        log: nullLogger,
      });

    it("that is not there, says how to get one", async () => {
      const core = coreAt(join(product.home, "none.sock"));
      expect((await refused({}, core)).code).toBe("ENGINE_NOT_FOUND");
      const [health] = await core.health();
      expect(health).toMatchObject({ reachable: false, problem: { code: "ENGINE_NOT_FOUND" } });
    });

    it("that never answers, gives up at its deadline", { timeout: 60_000 }, async () => {
      const socket = join(product.home, "silent.sock");
      const server: Server = createServer();
      await new Promise<void>((resolve) => server.listen(socket, resolve));
      try {
        const core = coreAt(socket);
        expect(await core.health()).toMatchObject([
          { reachable: false, problem: { code: "ENGINE_TIMEOUT" } },
        ]);
        const stop = new AbortController();
        const creating = rejection(core.create({}, { signal: stop.signal }));
        stop.abort();
        expect((await creating) as AgentError).toMatchObject({ code: "CANCELLED" });
      } finally {
        server.close();
      }
    });
  });
});
