import { execFile } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import type { Agent } from "../../src/model/agent.js";
import { labelKeys } from "../../src/model/labels.js";
import { rejection } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);
const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "";

const inspected = z.object({
  Name: z.string(),
  Config: z.object({
    Image: z.string(),
    Cmd: z.array(z.string()).nullable(),
    Env: z.array(z.string()),
    Hostname: z.string(),
    Labels: z.record(z.string(), z.string()),
    ExposedPorts: z.record(z.string(), z.object({})),
  }),
  HostConfig: z.object({
    NanoCpus: z.number(),
    Memory: z.number(),
    CapAdd: z.array(z.string()).nullable(),
    Devices: z.array(z.unknown()).nullable(),
    PortBindings: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() }))),
  }),
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Lines of docs/checklist-*.md that are about what a request becomes on the engine (SPEC C5), by `docker inspect`. */
describe("what a request becomes on the engine", () => {
  let product: Product;
  let agent: Agent;
  let name: string;
  let port: number;
  let seen: z.infer<typeof inspected>;

  beforeAll(async () => {
    product = await startProduct();
    name = product.name();
    port = await freePort();
    agent = await product.core.create({
      name,
      type: "claude",
      image: "debian:bookworm-slim",
      command: ["sh", "-c", "echo hello; exec sleep infinity"],
      env: { FOO: "bar", BAZ: "qux" },
      cpus: 1.5,
      memory: "2g",
      ports: [{ port: 3000, hostPort: port }],
      labels: { team: "ml" },
      tags: { env: "test" },
    });
    const { stdout } = await run("docker", ["-H", engine, "inspect", agent.containerId]);
    seen = inspected.parse(z.array(z.unknown()).parse(JSON.parse(stdout))[0]);
  });
  afterAll(() => product.dispose());

  it("its name is the container's and the host's inside", async () => {
    expect(seen.Name).toBe(`/${name}`);
    expect(seen.Config.Hostname).toBe(name);
    expect((await product.core.exec(name, { command: ["hostname"] })).stdout).toBe(`${name}\n`);
  });

  it("its image is prepared once from the one it names, and told by that name", async () => {
    expect(seen.Config.Image).toMatch(/^agent-containers-prepared:/);
    expect(agent.image).toBe("debian:bookworm-slim");
    expect((await product.core.exec(name, { command: ["cat", "/etc/debian_version"] })).stdout).toMatch(
      /^12\./,
    );
  });

  it("its command is run below our init, as it is", async () => {
    expect(seen.Config.Cmd).toEqual(["sh", "-c", "echo hello; exec sleep infinity"]);
    expect((await product.core.logs(name, {})).stdout).toContain("hello");
  });

  it("its environment is the container's, and that of every login", async () => {
    expect(seen.Config.Env).toEqual(expect.arrayContaining(["FOO=bar", "BAZ=qux", "DEBUG_HOST=true"]));
    const { stdout } = await product.ssh(
      agent.ssh?.alias ?? "",
      "echo $FOO $BAZ $DEBUG_HOST $PROJECT_ID $PORT",
    );
    expect(stdout).toMatch(/^bar qux true \S+ \d+\n$/);
  });

  it("its limits are nanoseconds of CPU and bytes, and no more CPUs than there are", async () => {
    expect(seen.HostConfig.NanoCpus).toBe(1.5e9);
    expect(seen.HostConfig.Memory).toBe(2 * 1024 ** 3);
    const error = await rejection(product.core.create({ name: product.name(), cpus: 4096 }));
    expect(error).toMatchObject({ code: "SPEC_INVALID", field: "cpus" });
  });

  it("its ports are exposed and published on loopback, and are its endpoints, for this machine and its neighbours", () => {
    expect(seen.Config.ExposedPorts).toHaveProperty("3000/tcp");
    expect(seen.HostConfig.PortBindings["3000/tcp"]).toEqual([
      { HostIp: "127.0.0.1", HostPort: String(port) },
    ]);
    expect(agent.endpoints).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: "tcp", host: "127.0.0.1", port, url: `http://127.0.0.1:${port}` }),
        expect.objectContaining({
          type: "docker-internal",
          host: name,
          port: 3000,
          url: `http://${name}:3000`,
        }),
      ]),
    );
  });

  it("its labels are ours, for tracking, and the user's own", () => {
    expect(seen.Config.Labels).toMatchObject({
      team: "ml",
      "com.imbue.mngr.agent-id": agent.id,
      "com.imbue.mngr.agent-name": name,
      "com.imbue.mngr.agent-type": "claude",
      "com.imbue.mngr.tags": '{"env":"test"}',
    });
    expect(Date.parse(seen.Config.Labels["com.imbue.mngr.created-at"] ?? "")).not.toBeNaN();
    expect(seen.Config.Labels[labelKeys.projectId]).toMatch(/\S/);
  });

  it("it has no capability and no device that was not asked for", () => {
    expect(seen.HostConfig.CapAdd ?? []).toEqual([]);
    expect(seen.HostConfig.Devices ?? []).toEqual([]);
  });

  it("on Docker's own bridge it has no endpoint for its neighbours, because no name is resolved there", async () => {
    const bridged = await product.core.create({ name: product.name(), network: "bridge" });
    expect(bridged.endpoints.map(({ type }) => type)).toEqual(["tcp"]);
    await product.core.destroy(bridged.id);
  });

  it("without a command it stays up until it is stopped; without a name it has the project's and the time's", async () => {
    const unnamed = await product.core.create({});
    try {
      expect(unnamed.state).toBe("running");
      expect(unnamed.name).toMatch(/^debug-host-[a-z0-9-]+-\d+$/);
    } finally {
      await product.core.destroy(unnamed.id);
    }
  });

  it("it is told running, paused, stopped and gone as the engine has it, with the time of its start", async () => {
    expect(await product.core.get(name)).toMatchObject({ state: "running" });
    expect(Date.parse((await product.core.get(name)).startedAt ?? "")).not.toBeNaN();
    await run("docker", ["-H", engine, "pause", name]);
    expect(await product.core.get(name)).toMatchObject({ state: "paused" });
    await run("docker", ["-H", engine, "unpause", name]);
    await run("docker", ["-H", engine, "stop", name]);
    expect(await product.core.get(name)).toMatchObject({ state: "stopped", exit: { code: 0 } });
    await run("docker", ["-H", engine, "rm", "-f", name]);
    expect(await rejection(product.core.get(name))).toMatchObject({ code: "NOT_FOUND" });
    expect((await product.core.list()).some(({ id }) => id === agent.id)).toBe(false);
  });
});
