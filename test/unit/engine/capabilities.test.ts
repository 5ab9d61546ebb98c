import { afterEach, expect, it } from "vitest";
import { createDockerEngine } from "../../../src/engine/dockerEngine.js";
import { nullLogger } from "../../../src/util/log.js";
import { serveAnswers, type SocketServer } from "../../support/socketServer.js";

const servers: SocketServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** What we make of an engine that describes itself so; no test machine has such hardware. */
async function gpuOf(info: object): Promise<boolean> {
  const answer = JSON.stringify({ Architecture: "x86_64", NCPU: 2, MemTotal: 2 ** 32, ...info });
  const server = await serveAnswers((head, socket) => {
    const body = head.includes("/_ping") ? "OK" : answer;
    socket.write(
      `HTTP/1.1 200 OK\r\nApi-Version: 1.51\r\nServer: Docker/28.5.2\r\nContent-Type: application/json\r\n` +
        `Content-Length: ${body.length}\r\n\r\n${body}`,
    );
  });
  servers.push(server);
  const engine = createDockerEngine({ kind: "unix", path: server.path }, { log: nullLogger });
  try {
    return (await engine.capabilities()).gpu;
  } finally {
    engine.dispose();
  }
}

it("has a GPU with the nvidia runtime, or with a CDI device of NVIDIA", async () => {
  expect(await gpuOf({ Runtimes: { runc: {}, nvidia: {} } })).toBe(true);
  expect(await gpuOf({ DiscoveredDevices: [{ Source: "cdi", ID: "nvidia.com/gpu=0" }] })).toBe(true);
  expect(await gpuOf({ Runtimes: { runc: {} } })).toBe(false);
  expect(await gpuOf({ DiscoveredDevices: [{ Source: "cdi", ID: "vendor.com/net=0" }] })).toBe(false);
  expect(await gpuOf({})).toBe(false);
});
