import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCore } from "../src/app/createCore.js";
import { labelKeys } from "../src/model/labels.js";
import { nullLogger } from "../src/util/log.js";
import { createCrowd } from "../test/support/crowd.js";
import { rawEngine } from "./floor.js";
import { median, spread, timed } from "./statistics.js";

const count = 500;
const rounds = 40;

/**
 * A list of 500 agents against one raw GET and its JSON parse, in turns, in one process (SPEC 14: at most 1.10 times,
 * exactly one request; `test/engine/crowd.test.ts` counts it). Once as the views ask, once as a verb that also
 * describes each agent.
 */
export async function run(): Promise<void> {
  const crowd = await createCrowd(count);
  const homeDir = await mkdtemp(join(tmpdir(), "agent-containers-bench-home-"));
  const core = createCore({
    engine: `unix://${crowd.socketPath}`,
    env: {},
    homeDir,
    platform: process.platform,
    plainSsh: false,
    log: nullLogger,
  });
  const raw = rawEngine(crowd.socketPath);
  const filters = encodeURIComponent(JSON.stringify({ label: [labelKeys.agentId] }));
  try {
    const ways = {
      "raw GET and JSON.parse": () => raw.call("GET", `/containers/json?all=true&filters=${filters}`),
      "our list of facts": () => crowd.engine.listContainers(labelKeys.agentId),
      "our list verb": () => core.list(),
    };
    const times = new Map(Object.keys(ways).map((name) => [name, [] as number[]]));
    for (let round = 0; round < rounds + 5; round += 1) {
      for (const [name, work] of Object.entries(ways)) {
        const taken = await timed(work);
        // The first rounds warm the caches of the engine and of this process.
        if (round >= 5) times.get(name)?.push(taken);
      }
    }
    const floor = median(times.get("raw GET and JSON.parse") ?? []);
    for (const [name, taken] of times) {
      const ratio = (median(taken) / floor).toFixed(2);
      console.log(`${name.padEnd(24)} ${spread(taken)} ms, ${ratio} × (bar 1.10)`);
    }
  } finally {
    raw.close();
    core.dispose();
    await crowd.close();
    await rm(homeDir, { recursive: true, force: true });
  }
}
