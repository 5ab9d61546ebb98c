import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { collector, eventually, rejection } from "../support/collect.js";
import type { PrivateEngine } from "../support/privateEngine.js";
import { canStartPrivateEngine, createPrivateEngine } from "../support/privateEngine.js";
import { baseImage, uniqueName } from "../support/testEngine.js";

/** A real daemon that is killed, frozen and filled up. */
describe.skipIf(!canStartPrivateEngine)("an engine of our own", () => {
  let daemon: PrivateEngine;
  let engine: Engine;
  beforeAll(async () => {
    daemon = await createPrivateEngine();
    await daemon.start();
    await daemon.loadBaseImage();
    const timeouts = { connectMs: 1000, operationMs: 2000 };
    engine = createDockerEngine({ kind: "unix", path: daemon.socketPath }, { log: nullLogger, timeouts });
  });
  afterAll(async () => {
    engine.dispose();
    await daemon.close();
  });
  const start = async () => {
    const body = { Image: baseImage, Cmd: ["sleep", "infinity"], Labels: { k: "v" } };
    const { id } = await engine.createContainer(uniqueName(), {
      ...body,
      HostConfig: { NetworkMode: "none", Init: true },
    });
    await engine.startContainer(id);
    return id;
  };

  it("is frozen: calls end at their deadline, and work again when it goes on", async () => {
    await engine.ping();
    await daemon.signal("SIGSTOP");
    try {
      expect(await rejection(engine.ping())).toMatchObject({ code: "ENGINE_TIMEOUT" });
      expect(await rejection(engine.listContainers("k"))).toMatchObject({ code: "ENGINE_TIMEOUT" });
    } finally {
      await daemon.signal("SIGCONT");
    }
    expect(await engine.ping()).toMatchObject({ apiVersion: expect.stringMatching(/^1\./) as string });
  });

  it("has a full disk: NO_SPACE from whatever writes, and what does not goes on working", async () => {
    const id = await start();
    const zeros = collector();
    const fill = ["sh", "-c", "cat /dev/zero >/fill"];
    const { exitCode } = await engine.exec(id, { command: fill, stderr: zeros.stream });
    expect(exitCode).not.toBe(0);
    expect(zeros.text()).toContain("No space left on device");
    const size = 50 << 20;
    const header = tarHeader("big", size);
    const tar = Readable.from(
      (function* () {
        yield header;
        for (let left = size; left > 0; left -= 1 << 20) yield Buffer.alloc(1 << 20, 1);
        yield Buffer.alloc(1024);
      })(),
    );
    expect(await rejection(engine.putArchive(id, "/", tar))).toMatchObject({ code: "NO_SPACE" });
    const reference = uniqueName();
    const commit = engine.commitContainer(id, { reference, pause: false });
    expect(await rejection(commit)).toMatchObject({ code: "NO_SPACE" });
    expect(await rejection(engine.inspectImage(reference))).toMatchObject({ code: "IMAGE_NOT_FOUND" });
    expect(await engine.listContainers("k")).toHaveLength(1);
    await engine.removeContainer(id);
    expect(await engine.listContainers("k")).toEqual([]);
  });

  it("is killed: streams and waits end at once with an error; after its restart everything works again", async () => {
    const id = await start();
    const events = engine.events("k", new AbortController().signal)[Symbol.asyncIterator]();
    await events.next();
    const open = {
      event: rejection(events.next()),
      wait: rejection(engine.waitContainer(id)),
      exec: rejection(engine.exec(id, { command: ["sleep", "60"] })),
      log: rejection(engine.logs(id, { follow: true })[Symbol.asyncIterator]().next()),
    };
    const out = collector();
    await eventually("the command runs", async () => {
      await engine.exec(id, { command: ["sh", "-c", "cat /proc/[0-9]*/cmdline"], stdout: out.stream });
      return out.text().includes("sleep\0" + "60");
    });
    await daemon.signal("SIGKILL");
    const begun = performance.now();
    for (const [name, work] of Object.entries(open)) {
      expect(await work, name).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    }
    expect(performance.now() - begun).toBeLessThan(1000);
    expect(await rejection(engine.ping())).toMatchObject({
      code: "ENGINE_UNREACHABLE",
      message: `The Docker engine at unix://${daemon.socketPath} is not running.`,
    });
    await daemon.start();
    expect(await engine.listContainers("k")).toEqual([]);
    const again = engine.events("k", new AbortController().signal)[Symbol.asyncIterator]();
    expect((await again.next()).value).toEqual({ type: "connected" });
    await again.return?.();
  });
});

/** One ustar header: tar-stream would want the whole entry through its own pipe. */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\0" + "00", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}
