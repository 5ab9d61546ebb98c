import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PruneResult } from "../../src/agents/prune.js";
import type { Agent } from "../../src/model/agent.js";
import type { Snapshot } from "../../src/model/snapshot.js";
import { createCrasher, type Crashed, type Crasher } from "../support/crashing.js";
import { connectTestEngine, prepareBase } from "../support/preparedAgent.js";
import { canStartPrivateEngine, createPrivateEngine, type PrivateEngine } from "../support/privateEngine.js";
import { baseImage } from "../support/testEngine.js";

/** An engine that loses power in the middle of a verb: daemon, containerd and every container die at once. */
describe.skipIf(!canStartPrivateEngine)("an engine that is killed amid a verb", () => {
  let daemon: PrivateEngine;
  let crasher: Crasher;
  let home: string;
  let agent: Agent;
  let snapshot: Snapshot;
  type Run = Parameters<Crasher["run"]>[0];

  const run = (verb: Run["verb"], request: object = {}, killAt?: number): Promise<Crashed> =>
    crasher.run(
      { home, network: "crash", verb, target: verb === "create" ? "" : "crashing", request: { ...request } },
      {
        onRequest: async (_request, count) => {
          if (count === killAt) await daemon.signal("SIGKILL");
        },
      },
    );
  const value = async (crashed: Promise<Crashed>): Promise<unknown> => {
    const { answer } = await crashed;
    expect(answer?.error).toBeUndefined();
    return answer?.value;
  };
  const sh = async (script: string) => {
    const ran = (await value(run("exec", { command: ["sh", "-c", script] }))) as { stdout: string };
    return ran.stdout.trim().replace("\n", " ");
  };

  beforeAll(async () => {
    const engine = connectTestEngine();
    const { reference } = await prepareBase(engine);
    engine.dispose();
    home = await mkdtemp(join(tmpdir(), "agent-containers-home-"));
    daemon = await createPrivateEngine(0, { keepDisk: true });
    await daemon.start();
    await daemon.loadImage(baseImage);
    await daemon.loadImage(reference);
    crasher = await createCrasher(daemon.socketPath, () => daemon.enterNetwork());
    agent = (await value(run("create", { name: "crashing" }))) as Agent;
    await sh("sudo install -d -o agent /app; echo one > /app/file; echo kept > /mngr/notes");
    snapshot = (await value(run("snapshot"))) as Snapshot;
  });
  afterAll(async () => {
    await crasher.dispose();
    await daemon.close();
    await rm(home, { recursive: true, force: true });
  });

  it.each([
    ["snapshot", 3],
    ["snapshot", 6],
    ["restore", 2],
    ["restore", 5],
    ["restore", 9],
    ["restore", 11],
  ] as const)(
    "%s, at its request %i: one clear error, and all is well once it is back",
    async (verb, killAt) => {
      await sh("echo two > /app/file; echo more > /mngr/notes");
      const { answer, last } = await run(verb, verb === "restore" ? { snapshot: snapshot.id } : {}, killAt);
      expect(answer?.error?.code, last).toBe("ENGINE_UNREACHABLE");
      expect(answer?.error?.remedy).toBeTruthy();

      await daemon.start();
      const { recovered } = (await value(run("prune"))) as PruneResult;
      expect(recovered.decide, last).toEqual([]);
      await value(run("start"));
      expect(["two more", "one kept"]).toContain(await sh("cat /app/file /mngr/notes"));
      const agents = (await value(run("list"))) as Agent[];
      expect(agents.map(({ id, name, state }) => ({ id, name, state }))).toEqual([
        { id: agent.id, name: "crashing", state: "running" },
      ]);
      const again = (await value(run("prune"))) as PruneResult;
      expect(again.recovered).toEqual({ cleaned: [], decide: [] });
      expect(
        again.found.filter(({ kind }) => kind !== "image" && kind !== "network"),
        last,
      ).toEqual([]);
    },
  );
});
