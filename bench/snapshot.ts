import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { createCore } from "../src/app/createCore.js";
import type { Core } from "../src/app/core.js";
import { parseEndpoint } from "../src/model/endpoint.js";
import { nullLogger } from "../src/util/log.js";
import { rawEngine } from "./floor.js";
import { median, spread, timed } from "./statistics.js";

const rounds = 7;
const network = "agent-containers-bench-snapshot";
const floorImage = "agent-containers-bench:commit";
const idOf = z.object({ Id: z.string() });

const inside = async (core: Core, id: string, script: string): Promise<string> => {
  const { exitCode, stdout, stderr } = await core.exec(id, { command: ["sh", "-c", script] });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
};

/**
 * Snapshot against a bare commit, restore against bare stop, create, start and remove, five forks against one create,
 * the stand-still of an agent that is not frozen, and the memory that a large /mngr takes (SPEC 14, issue 4 bar 3).
 */
export async function run(): Promise<void> {
  const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "unix:///var/run/docker.sock";
  const endpoint = parseEndpoint(engine);
  if (endpoint.kind !== "unix") throw new Error("The floor needs a unix socket.");
  const homeDir = await mkdtemp(join(tmpdir(), "agent-containers-bench-home-"));
  const parts = { env: {}, homeDir, platform: process.platform, plainSsh: false, log: nullLogger };
  const core = createCore({ engine, ...parts, network: { name: network } });
  const raw = rawEngine(endpoint.path);
  const agent = await core.create({ name: "agent-containers-bench-snapshot" });
  const remove = async (id: string) => core.destroy(id, { force: true });
  try {
    await inside(core, agent.id, "head -c 100000000 /dev/urandom > ~/data");
    const commits: number[] = [];
    const snapshots: number[] = [];
    for (let round = 0; round <= rounds; round += 1) {
      const bare = await timed(() =>
        raw.call(
          "POST",
          `/commit?container=${agent.containerId}&repo=agent-containers-bench&tag=commit&pause=1`,
          {},
        ),
      );
      await raw.call("DELETE", `/images/${floorImage}`);
      let taken = "";
      const own = await timed(async () => {
        taken = (await core.snapshot(agent.id)).id;
      });
      await core.deleteSnapshot({ snapshot: taken });
      if (round > 0) {
        commits.push(bare);
        snapshots.push(own);
      }
    }
    console.log(`commit of 100 MB, bare   ${spread(commits)} ms`);
    console.log(`snapshot, ours           ${spread(snapshots)} ms`);
    console.log(`ratio of the medians     ${(median(snapshots) / median(commits)).toFixed(3)} (bar 1.05)`);

    const { id: snapshot, image } = await core.snapshot(agent.id);
    const floors: number[] = [];
    const restores: number[] = [];
    const { Id: first } = idOf.parse(await raw.call("POST", "/containers/create", floorBody(image)));
    let current = first;
    await raw.call("POST", `/containers/${current}/start`);
    for (let round = 0; round <= rounds; round += 1) {
      const old = current;
      const floor = await timed(async () => {
        await raw.call("POST", `/containers/${old}/stop?t=10`);
        current = idOf.parse(await raw.call("POST", "/containers/create", floorBody(image))).Id;
        await raw.call("POST", `/containers/${current}/start`);
        await raw.call("DELETE", `/containers/${old}?force=1&v=1`);
      });
      const own = await timed(() => core.restore(agent.id, { snapshot }));
      if (round > 0) {
        floors.push(floor);
        restores.push(own);
      }
    }
    await raw.call("DELETE", `/containers/${current}?force=1&v=1`);
    console.log(`stop, create, start, rm  ${spread(floors)} ms`);
    console.log(`restore, ours, to login  ${spread(restores)} ms`);
    console.log(
      `ratio of the medians     ${(median(restores) / median(floors)).toFixed(3)} (bar 1.10, without the login)`,
    );

    const creates: number[] = [];
    const forks: number[] = [];
    for (let round = 0; round <= 3; round += 1) {
      const one = await timed(() => core.create({ name: "agent-containers-bench-one" }));
      await remove("agent-containers-bench-one");
      let made: readonly { id: string }[] = [];
      const five = await timed(async () => {
        made = await core.fork(agent.id, { snapshot, count: 5 });
      });
      await Promise.all(made.map(({ id }) => remove(id)));
      if (round > 0) {
        creates.push(one);
        forks.push(five);
      }
    }
    console.log(`one create               ${spread(creates)} ms`);
    console.log(`five forks               ${spread(forks)} ms`);
    console.log(`ratio of the medians     ${(median(forks) / median(creates)).toFixed(3)} (bar 2.5)`);

    // A clock inside: the longest time that it stands still.
    const clock = `last=$(date +%s%N); worst=0; end=$((last + 3000000000))
      while [ $last -lt $end ]; do now=$(date +%s%N); gap=$((now - last)); [ $gap -gt $worst ] && worst=$gap; last=$now; done
      echo $((worst / 1000000))`;
    for (const pause of [false, true]) {
      const gap = inside(core, agent.id, clock);
      const { id } = await core.snapshot(agent.id, { pause });
      const preview = await core.previewSnapshot(agent.id);
      console.log(
        `stands still, ${pause ? "frozen    " : "not frozen"} ${(await gap).trim()} ms` +
          (pause ? ` (estimated before: ${preview.freezeMs} ms)` : " (bar 100)"),
      );
      await core.deleteSnapshot({ snapshot: id });
    }

    await inside(core, agent.id, "head -c 1000000000 /dev/urandom > /mngr/data");
    global.gc?.();
    const before = process.memoryUsage().rss;
    let peak = before;
    const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 20);
    const { id: big } = await core.snapshot(agent.id);
    await core.restore(agent.id, { snapshot: big });
    clearInterval(timer);
    console.log(`1 GB in /mngr, there and back: memory ${mib(before)} MiB, at its peak ${mib(peak)} MiB`);
    await core.deleteSnapshot({ snapshot: big });
    await core.deleteSnapshot({ snapshot });
  } finally {
    await remove(agent.id);
    core.dispose();
    raw.close();
    await rm(homeDir, { recursive: true, force: true });
  }
}

const mib = (bytes: number) => Math.round(bytes / 2 ** 20);
const floorBody = (image: string) => ({ Image: image, HostConfig: { NetworkMode: network } });
