import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import { tarOf } from "../contract/rig.js";
import { collector, rejection } from "../support/collect.js";
import { sshEngineSuite } from "../support/sshEngineRig.js";

/** What one connection to a real sshd carries, with the tests' engine behind it. */
describe("an engine behind ssh", () => {
  const suite = sshEngineSuite();

  it("200 requests, streams and commands at once, from cold, over one connection", async () => {
    const id = await suite.rig.running();
    const cold = suite.far.engine();
    const before = suite.far.proxy.accepted;
    const kinds: ((n: number) => Promise<unknown>)[] = [
      async () => (await cold.ping()).apiVersion.split(".")[0],
      async () => String((await cold.listContainers(suite.rig.label)).length),
      async () => ((await cold.inspectContainer(id)).id === id ? "1" : "another"),
      async (n) => {
        const out = collector();
        const stdin = Buffer.from(`in ${n}`);
        await cold.exec(id, { command: ["cat"], stdin, stdout: out.stream });
        return out.text() === `in ${n}` ? "1" : out.text();
      },
      async () => String((await cold.exec(id, { command: ["sh", "-c", "exit 1"] })).exitCode),
      async () => {
        const events = cold.events(suite.rig.label, new AbortController().signal)[Symbol.asyncIterator]();
        const first = await events.next();
        return !first.done && first.value.type === "connected" ? "1" : "another";
      },
      async (n) => {
        await cold.putArchive(id, "/tmp", Readable.from([await tarOf(`f${n}`, `text ${n}`)]));
        const out = collector();
        await cold.exec(id, { command: ["cat", `/tmp/f${n}`], stdout: out.stream });
        return out.text() === `text ${n}` ? "1" : out.text();
      },
      async () =>
        String(await cold.getArchive(id, "/etc/hostname").then(async (tar) => (await tar.toArray()).length)),
    ];
    const work = Array.from({ length: 200 }, async (_, n) => kinds[n % kinds.length]?.(n));
    expect(await Promise.all(work)).toEqual(work.map(() => "1"));
    expect(suite.far.proxy.accepted - before).toBe(1);
    cold.dispose();
  });

  it("carries 64 MiB in and out whole, with other calls beside it", async () => {
    const id = await suite.rig.running();
    const bytes = Buffer.alloc(64 << 20, "0123456789abcdef!");
    const out = collector();
    const echo = suite.engine.exec(id, {
      command: ["cat"],
      stdin: Readable.from(parts(bytes)),
      stdout: out.stream,
    });
    let pings = 0;
    let going = true;
    const beside = (async () => {
      while (going) {
        await suite.engine.ping();
        pings += 1;
      }
    })();
    expect(await echo).toEqual({ exitCode: 0 });
    going = false;
    await beside;
    expect(out.bytes().equals(bytes)).toBe(true);
    expect(pings).toBeGreaterThan(3);
  });

  it("reaches a port of the host's own loopback over the same connection, and tells when nobody listens", async () => {
    await suite.engine.ping();
    const before = suite.far.proxy.accepted;
    const server = createServer((socket) => socket.end("hello")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const socket = await suite.engine.connectToHost(port);
    expect((await buffer(socket)).toString()).toBe("hello");
    server.close();
    await once(server, "close");
    expect(await rejection(suite.engine.connectToHost(port))).toMatchObject({ code: "SSH_UNREACHABLE" });
    const reason = new Error("changed my mind");
    expect(await rejection(suite.engine.connectToHost(port, AbortSignal.abort(reason)))).toBe(reason);
    expect(suite.far.proxy.accepted).toBe(before);
  });

  it("a reader that does not read holds the sender back, and nobody else", async () => {
    const id = await suite.rig.running();
    const base = process.memoryUsage().arrayBuffers;
    const tar = await suite.engine.getArchive(id, "/usr");
    await new Promise((resolve) => tar.once("readable", resolve));
    for (let n = 0; n < 200; n += 1) await suite.engine.ping();
    // The window of a channel is 2 MiB; /usr has far more.
    expect(process.memoryUsage().arrayBuffers - base).toBeLessThan(16 << 20);
    tar.destroy();
    await suite.engine.ping();
  });
});

function* parts(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 100_000) yield bytes.subarray(at, at + 100_000);
}
