import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { createDockerEngine } from "../../../src/engine/dockerEngine.js";
import { nullLogger } from "../../../src/util/log.js";
import { rejection } from "../../support/collect.js";

describe("ports of the engine's host", () => {
  it("are reached from here where that host is this machine or has an address", async () => {
    const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const engines = [
      createDockerEngine({ kind: "unix", path: "/no/such.sock" }, { log: nullLogger }),
      createDockerEngine({ kind: "tcp", host: "127.0.0.1", port: 1 }, { log: nullLogger }),
    ];
    for (const engine of engines) {
      expect((await buffer(await engine.connectToHost(port))).toString()).toBe("hello");
      const reason = new Error("changed my mind");
      const stop = new AbortController();
      const work = rejection(engine.connectToHost(port, stop.signal));
      stop.abort(reason);
      expect(await work).toBe(reason);
    }
    server.close();
    await once(server, "close");
    for (const engine of engines) {
      expect(await rejection(engine.connectToHost(port))).toMatchObject({ code: "ECONNREFUSED" });
      engine.dispose();
      expect(await rejection(engine.connectToHost(port))).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    }
  });
});
