import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { collector, rejection } from "../support/collect.js";
import type { PrivateEngine } from "../support/privateEngine.js";
import { canStartPrivateEngine, createPrivateEngine } from "../support/privateEngine.js";
import { baseImage, uniqueName } from "../support/testEngine.js";

/** On an engine that can be thrown away: without the gate its container may be blocked for ever. */
describe.skipIf(!canStartPrivateEngine)("commands that start while their container is frozen", () => {
  let daemon: PrivateEngine;
  let engine: Engine;
  let id: string;
  beforeAll(async () => {
    daemon = await createPrivateEngine();
    await daemon.start();
    await daemon.loadBaseImage();
    const timeouts = { connectMs: 2000, operationMs: 10_000 };
    engine = createDockerEngine({ kind: "unix", path: daemon.socketPath }, { log: nullLogger, timeouts });
    const body = { Image: baseImage, Cmd: ["sleep", "infinity"] };
    ({ id } = await engine.createContainer(uniqueName(), {
      ...body,
      HostConfig: { NetworkMode: "none", Init: true },
    }));
    await engine.startContainer(id);
  });
  afterAll(async () => {
    engine.dispose();
    await daemon.close();
  });

  const echo = async (text: string) => {
    const out = collector();
    await engine.exec(id, { command: ["echo", text], stdout: out.stream });
    return out.text().trim();
  };
  const commit = (pause: boolean) =>
    engine
      .commitContainer(id, { reference: `${uniqueName()}:x`, pause })
      .then((image) => engine.removeImage(image));

  it("wait for the end of a freeze of ours, and a freeze for them", async () => {
    for (let round = 0; round < 12; round += 1) {
      const early = [1, 2, 3].map((n) => echo(`early ${n}`));
      const frozen = round % 2 === 0 ? commit(true) : engine.whileFrozen(id, () => commit(false));
      const late = [1, 2, 3].map((n) => echo(`late ${n}`));
      await frozen;
      expect(await Promise.all(early)).toEqual(["early 1", "early 2", "early 3"]);
      expect(await Promise.all(late)).toEqual(["late 1", "late 2", "late 3"]);
    }
    expect((await engine.inspectContainer(id)).status).toBe("running");
  });

  it("are refused where the user has paused it, and can be given up while they wait", async () => {
    const stop = new AbortController();
    await engine.whileFrozen(id, async () => {
      const waiting = rejection(engine.exec(id, { command: ["true"] }, stop.signal));
      stop.abort(new Error("enough"));
      expect((await waiting).message).toBe("enough");
    });
    const starting = echo("before");
    await engine.pauseContainer(id);
    expect(await rejection(echo("paused"))).toMatchObject({ code: "NOT_RUNNING" });
    await engine.unpauseContainer(id);
    expect(await starting).toBe("before");
  });
});
