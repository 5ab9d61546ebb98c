import { once } from "node:events";
import { rename } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/ports/engine.js";
import type { Rig } from "../contract/rig.js";
import { createRig } from "../contract/rig.js";
import { collector, rejection } from "../support/collect.js";
import type { SshEngineRig } from "../support/sshEngine.js";
import { startSshEngine } from "../support/sshEngine.js";

/** A host whose sshd connects to no socket for us, and takes no more sessions than we may use. */
describe("an ssh engine by way of docker system dial-stdio", () => {
  let far: SshEngineRig;
  let engine: Engine;
  let rig: Rig;
  const logged: string[] = [];
  beforeAll(async () => {
    far = await startSshEngine("AllowStreamLocalForwarding no\nMaxSessions 8");
    const note = (line: string) => void logged.push(line);
    engine = far.engine({ log: { debug: note, info: note, warn: note, error: note } });
    rig = createRig(engine);
  });
  afterAll(async () => {
    await rig.cleanUp();
    engine.dispose();
    await far.stop();
  });

  it("60 calls and commands at once wait for one another, beside an open stream, over one connection", async () => {
    const events = engine.events(rig.label, new AbortController().signal)[Symbol.asyncIterator]();
    await events.next();
    const id = await rig.running();
    const work = Array.from({ length: 60 }, async (_, n) => {
      if (n % 6 > 0) return (await engine.inspectContainer(id)).id;
      const out = collector();
      await engine.exec(id, { command: ["cat"], stdin: Buffer.from(id), stdout: out.stream });
      return out.text();
    });
    expect(await Promise.all(work)).toEqual(work.map(() => id));
    expect(far.proxy.accepted).toBe(1);
    expect(logged.join("\n")).toContain("dial-stdio");
    await events.return?.();
  });

  it("a connection that is lost ends all, and is made again", async () => {
    const id = await rig.running();
    const waiting = rejection(engine.waitContainer(id));
    await engine.inspectContainer(id);
    await far.signalSessions("SIGKILL");
    expect(await waiting).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect((await engine.inspectContainer(id)).id).toBe(id);
  });

  it("an engine that does not run is told by what docker says there", async () => {
    const path = join(far.sshd.folder, "docker.sock");
    const server = createServer().listen(`${path}.new`);
    await once(server, "listening");
    await rename(`${path}.new`, path);
    server.close();
    const dead = far.engine({ path });
    const error = await rejection(dead.ping());
    expect(error).toMatchObject({ code: "ENGINE_UNREACHABLE" });
    expect(String(error.cause)).toMatch(/docker/i);
    dead.dispose();
  });
});
