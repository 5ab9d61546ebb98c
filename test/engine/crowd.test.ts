import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Core } from "../../src/app/core.js";
import { createCore } from "../../src/app/createCore.js";
import { nullLogger } from "../../src/util/log.js";
import { eventually } from "../support/collect.js";
import { createCrowd, tenAtOnce, type Crowd } from "../support/crowd.js";
import { canStartPrivateEngine } from "../support/privateEngine.js";
import { proxySocket } from "../support/socketServer.js";

const count = 500;

/** Five hundred agents, and what they cost the engine: every request of ours goes through a proxy that notes it. */
describe.skipIf(!canStartPrivateEngine)("five hundred agents", () => {
  let crowd: Crowd;
  let proxy: Awaited<ReturnType<typeof proxySocket>>;
  let home: string;
  let core: Core;

  beforeAll(async () => {
    crowd = await createCrowd(count);
    proxy = await proxySocket(crowd.socketPath);
    home = await mkdtemp(join(tmpdir(), "agent-containers-home-"));
    core = createCore({
      engine: `unix://${proxy.path}`,
      env: {},
      homeDir: home,
      platform: process.platform,
      plainSsh: false,
      log: nullLogger,
    });
  });
  afterAll(async () => {
    core.dispose();
    await proxy.close();
    await crowd.close();
    await rm(home, { recursive: true, force: true });
  });

  /** What we asked since `from`, by kind. */
  function asked(from: number): Record<"all" | "lists" | "inspects", number> {
    const heads = [...proxy.said.slice(from).matchAll(/^[A-Z]+ \/\S* HTTP\/1\.1/gm)].map(([head]) => head);
    const like = (pattern: RegExp) => heads.filter((head) => pattern.test(head)).length;
    return {
      all: heads.length,
      lists: like(/\/containers\/json\?/),
      inspects: like(/\/containers\/[0-9a-f]{64}\/json/),
    };
  }
  /** Waits until we ask nothing more: the last events of a burst may arrive after what they tell is known. */
  async function silence(): Promise<void> {
    for (let heard = -1; heard !== proxy.said.length;) {
      heard = proxy.said.length;
      await new Promise((passed) => setTimeout(passed, 500));
    }
  }
  const names = () => new Set(core.picture.agents.map(({ agent }) => agent.name));

  it("are listed by exactly one request", async () => {
    await core.list();
    const from = proxy.said.length;
    const agents = await core.list();
    expect(asked(from)).toEqual({ all: 1, lists: 1, inspects: 0 });
    expect(agents).toHaveLength(count);
    expect(agents.every(({ state }) => state !== "invalid")).toBe(true);
  });

  it("survive a burst of a thousand events: few requests, and the right state in the end", async () => {
    const watching = core.watch();
    await eventually("the engine is live", () => core.picture.engines[0]?.link.kind === "live");
    await eventually("its health is known", () => core.picture.engines[0]?.health !== null);
    expect(names().size).toBe(count);
    const from = proxy.said.length;
    for (const round of [1, 2]) {
      await tenAtOnce(count, async (index) => {
        await crowd.engine.renameContainer(crowd.ids[index] ?? "", `round${round}-${index}`);
      });
    }
    const wanted = Array.from({ length: count }, (_, index) => `round2-${index}`);
    await eventually("all have their last names", () => wanted.every((name) => names().has(name)));
    const { all, lists, inspects } = asked(from);
    // For the record: how few depends on how fast the engine is.
    console.log(`1000 events: ${lists} lists, ${inspects} inspects`);
    expect(all).toBe(lists + inspects);
    // One at a time, each for all that changed while the one before was under way: never one for each event.
    expect(lists + inspects).toBeLessThan(250);
    expect(names().size).toBe(count);

    // What changes nothing that is shown costs nothing.
    await silence();
    const quiet = proxy.said.length;
    const [running = ""] = crowd.ids;
    await crowd.engine.startContainer(running);
    await eventually("it runs", () => core.picture.agents.some(({ agent }) => agent.containerId === running));
    await eventually("it is shown as running", () =>
      core.picture.agents.some(({ agent }) => agent.containerId === running && agent.startedAt !== undefined),
    );
    await silence();
    const started = asked(quiet);
    expect(started.all).toBeLessThanOrEqual(2);
    await tenAtOnce(100, () => crowd.engine.exec(running, { command: ["true"] }));
    await crowd.engine.renameContainer(running, "last");
    await eventually("what came after is shown", () => names().has("last"));
    expect(asked(quiet).all - started.all).toBeLessThanOrEqual(2);
    watching.dispose();
  });
});
