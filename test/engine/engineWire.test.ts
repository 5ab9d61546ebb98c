import { setImmediate as turn } from "node:timers/promises";
import { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import type { Rig } from "../contract/rig.js";
import { createRig } from "../contract/rig.js";
import { collector, eventually, rejection } from "../support/collect.js";
import { proxySocket } from "../support/socketServer.js";
import { testSocketPath, uniqueName } from "../support/testEngine.js";

/** What goes over the wire to a real engine, seen from a socket in between. */
describe("on the wire", () => {
  let proxy: Awaited<ReturnType<typeof proxySocket>>;
  let engine: Engine;
  let rig: Rig;
  const logged: string[] = [];
  beforeAll(async () => {
    proxy = await proxySocket(testSocketPath());
    const log = { ...nullLogger, debug: (line: string) => void logged.push(line) };
    engine = createDockerEngine({ kind: "unix", path: proxy.path }, { log });
    rig = createRig(engine);
  });
  afterAll(async () => {
    await rig.cleanUp();
    engine.dispose();
    await proxy.close();
  });

  it("secrets go in bodies alone: no URL, no log, no error holds one", async () => {
    const secret = uniqueName("secret");
    const name = uniqueName();
    const body = rig.body({ Env: [`TOKEN=${secret}`] });
    const { id } = await engine.createContainer(name, body);
    const error = await rejection(engine.createContainer(name, body));
    await engine.startContainer(id);
    const out = collector();
    await engine.exec(id, {
      command: ["sh", "-c", "echo $TOKEN"],
      env: { MORE: secret },
      stdout: out.stream,
    });
    expect(out.text().trim()).toBe(secret);
    expect(proxy.said).toContain(secret);
    const requestLines = proxy.said.match(/(GET|POST|PUT|DELETE) \/.* HTTP\/1\.1/g) ?? [];
    expect(requestLines.length).toBeGreaterThan(3);
    expect(requestLines.join("\n")).not.toContain(secret);
    expect(logged.length).toBeGreaterThan(3);
    expect(logged.join("\n")).not.toContain(secret);
    expect(`${error.message} ${JSON.stringify(error)}`).not.toContain(secret);
  });

  it("a list is one request; short calls share one connection", async () => {
    await engine.ping();
    const before = { requests: proxy.said.split("HTTP/1.1\r\n").length, accepted: proxy.accepted };
    await engine.listContainers(rig.label);
    expect(proxy.said.split("HTTP/1.1\r\n").length - before.requests).toBe(1);
    for (let i = 0; i < 20; i++) await engine.listContainers(rig.label);
    expect(proxy.accepted).toBe(before.accepted);
  });

  it("an exec with a slow reader takes bounded memory, and loses nothing", async () => {
    const id = await rig.running();
    const size = 64 << 20;
    let received = 0;
    let peak = 0;
    const base = process.memoryUsage().arrayBuffers;
    const slow = new Writable({
      highWaterMark: 64 * 1024,
      write(chunk: Buffer, _encoding, done) {
        received += chunk.length;
        peak = Math.max(peak, process.memoryUsage().arrayBuffers - base);
        // A reader that falls behind the engine.
        void turn().then(() => done());
      },
    });
    const command = ["head", "-c", String(size), "/dev/zero"];
    const direct = createDockerEngine({ kind: "unix", path: testSocketPath() }, { log: nullLogger });
    expect(await direct.exec(id, { command, stdout: slow })).toEqual({ exitCode: 0 });
    direct.dispose();
    // What it was given and had not yet taken when the command ended.
    await finished(slow.end());
    expect(received).toBe(size);
    expect(peak).toBeLessThan(40 << 20);
  });

  it("an output that fails ends the command and rejects with its error", async () => {
    const id = await rig.running();
    const reason = new Error("the disk here is full");
    const broken = new Writable({
      write(_chunk, _encoding, done) {
        done(reason);
      },
    });
    const mark = uniqueName();
    const command = ["sh", "-c", "while :; do echo line; sleep 0.1; done", mark];
    expect(await rejection(engine.exec(id, { command, stdout: broken }))).toBe(reason);
    const out = collector();
    await engine.exec(id, { command: ["sh", "-c", "cat /proc/[0-9]*/cmdline"], stdout: out.stream });
    expect(out.text()).not.toContain(mark);
  });

  it("an abort also kills a command of another user that ignores TERM", async () => {
    const id = await rig.running();
    const giveUp = new AbortController();
    const mark = uniqueName();
    const command = ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.2; done", mark];
    const ready = collector();
    const work = rejection(engine.exec(id, { command, user: "nobody", stdout: ready.stream }, giveUp.signal));
    await eventually("the command runs", () => ready.text().includes("ready"));
    giveUp.abort(new Error("enough"));
    expect((await work).message).toBe("enough");
    const out = collector();
    await engine.exec(id, { command: ["sh", "-c", "cat /proc/[0-9]*/cmdline"], stdout: out.stream });
    expect(out.text()).not.toContain(mark);
  });

  it("a command whose container is removed under it ends", async () => {
    const id = await rig.running();
    const ready = collector();
    const work = engine
      .exec(id, { command: ["sh", "-c", "echo ready; sleep 60"], stdout: ready.stream })
      .then(
        ({ exitCode }) => String(exitCode),
        (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "?"),
      );
    await eventually("the command runs", () => ready.text().includes("ready"));
    await engine.removeContainer(id);
    expect(["137", "NOT_FOUND"]).toContain(await work);
  });
});
