import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createCore } from "../src/app/createCore.js";
import { nullLogger } from "../src/util/log.js";
import { createCrowd, tenAtOnce } from "../test/support/crowd.js";

const count = 500;
const refreshes = 200;
/** Each takes about a second. */
const rounds = 200;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** MiB in use after everything that nobody holds is gone. */
function heap(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}

/**
 * The heap after its collection, before and after what an editor left open for days goes through (SPEC 14: flat):
 * 200 refreshes of 500 agents, a thousand events, and rounds of create and destroy on the tests' engine. Each is done
 * once before it is measured.
 */
export async function run(): Promise<void> {
  const crowd = await createCrowd(count);
  const homeDir = await mkdtemp(join(tmpdir(), "agent-containers-bench-home-"));
  const made = (engine: string) =>
    createCore({
      engine,
      env: {},
      homeDir,
      platform: process.platform,
      plainSsh: false,
      log: nullLogger,
      network: { name: "agent-containers-bench" },
    });
  const watched = made(`unix://${crowd.socketPath}`);
  const watching = watched.watch();
  const until = async (done: () => boolean) => {
    if (done()) return;
    await new Promise<void>((resolve) => {
      const listening = watched.onDidChange(() => {
        if (!done()) return;
        listening.dispose();
        resolve();
      });
    });
  };
  const names = () => new Set(watched.picture.agents.map(({ agent }) => agent.name));
  const report = async (what: string, times: number, work: (time: number) => Promise<unknown>) => {
    await work(-1);
    const before = heap();
    const seen = [before];
    for (let time = 0; time < times; time += 1) {
      await work(time);
      // Five looks: what is only warmed up stops growing, a leak does not.
      if ((time + 1) % Math.ceil(times / 5) === 0) seen.push(heap());
    }
    console.log(`${what.padEnd(34)} ${seen.map((mib) => mib.toFixed(2)).join(" → ")} MiB`);
  };
  try {
    await until(() => names().size === count);
    await report(`${refreshes} refreshes of ${count}`, refreshes, async () => {
      const { engines } = watched.picture;
      watched.refresh();
      await until(() => watched.picture.engines !== engines);
    });
    await report(`${2 * count} events`, 2, async (time) => {
      await tenAtOnce(count, (index) =>
        crowd.engine.renameContainer(crowd.ids[index] ?? "", `r${time}-${index}`),
      );
      await until(() => [...names()].every((name) => name.startsWith(`r${time}-`)));
    });
    const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE;
    if (!engine) return;
    const core = made(engine);
    const seeing = core.watch();
    await report(`${rounds} rounds of create and destroy`, rounds, async (time) => {
      const { id } = await core.create({ name: `bench-memory-${process.pid}-${time + 1}` });
      await core.destroy(id, { force: true });
    });
    seeing.dispose();
    core.dispose();
  } finally {
    watching.dispose();
    watched.dispose();
    await crowd.close();
    await rm(homeDir, { recursive: true, force: true });
  }
}
