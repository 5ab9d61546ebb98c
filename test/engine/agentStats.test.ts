import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentStats } from "../../src/model/stats.js";
import { eventually, rejection } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);
const docker = (...args: string[]) =>
  run("docker", ["-H", process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "", ...args]);

/** What `docker stats` says: percent, and bytes. */
async function dockerStats(name: string): Promise<{ cpu: number; memory: number }> {
  const { stdout } = await docker("stats", "--no-stream", "--format", "{{.CPUPerc}} {{.MemUsage}}", name);
  const [, cpu, size, unit] = /^([\d.]+)% ([\d.]+)([KMG]?)i?B/.exec(stdout) ?? [];
  return { cpu: Number(cpu), memory: Number(size) * 1024 ** ["", "K", "M", "G"].indexOf(unit ?? "") };
}

describe("what an agent uses", () => {
  let product: Product;
  let name: string;
  beforeAll(async () => {
    product = await startProduct();
    name = product.name();
    await product.core.create({ name, cpus: 0.5, memory: "256m" });
  });
  afterAll(() => product.dispose());

  const inside = (script: string) => product.core.exec(name, { command: ["sh", "-c", script] });

  it("is what docker stats shows: half a CPU for a busy loop that may have half a one", async () => {
    await inside("nohup sh -c 'while :; do :; done' >/dev/null 2>&1 & echo $! >/tmp/busy");
    try {
      // 40 to 60; where others have the machine busy, what docker stats shows of the same second.
      await eventually(
        "half a CPU",
        async () => {
          const [ours, theirs] = await Promise.all([product.core.stats(name), dockerStats(name)]);
          expect(ours).toMatchObject({ name, memoryLimitMiB: 256 });
          expect(ours.memoryUsedMiB).toBeGreaterThan(theirs.memory / 2 ** 20 / 2);
          expect(ours.memoryUsedMiB).toBeLessThan((theirs.memory / 2 ** 20) * 2);
          return (
            ours.cpuPercent >= 40 && ours.cpuPercent <= 60 && Math.abs(ours.cpuPercent - theirs.cpu) < 15
          );
        },
        60_000,
      );
    } finally {
      await inside("kill $(cat /tmp/busy)");
    }
  });

  it("does not count the cache of files that were written", async () => {
    const before = await product.core.stats(name);
    await inside("dd if=/dev/zero of=/tmp/big bs=1M count=100 2>/dev/null; cat /tmp/big >/dev/null");
    const after = await product.core.stats(name);
    expect(after.memoryUsedMiB - before.memoryUsedMiB).toBeLessThan(30);
    await inside("rm /tmp/big");
  });

  it("counts the network", async () => {
    const before = await product.core.stats(name);
    await product.ssh(`ac-${name}`, "head -c 1000000 /dev/zero");
    const after = await product.core.stats(name);
    expect(after.networkTxBytes - before.networkTxBytes).toBeGreaterThan(1_000_000);
  });

  it("is part of get where it is asked for", async () => {
    expect(await product.core.get(name)).not.toHaveProperty("resources");
    const { resources } = await product.core.get(name, { resources: true });
    expect(resources).toEqual({
      cpuPercent: expect.any(Number) as number,
      memoryUsedMiB: expect.any(Number) as number,
      memoryLimitMiB: 256,
    });
  });

  it("is followed until the agent stops, and ends at once when it is given up", async () => {
    const giveUp = new AbortController();
    const samples: AgentStats[] = [];
    const following = product.core.stats(
      name,
      { follow: true },
      { signal: giveUp.signal, onSample: (stats) => samples.push(stats) },
    );
    following.catch(() => undefined);
    await eventually("two samples", () => samples.length >= 2);
    giveUp.abort();
    expect(await rejection(following)).toMatchObject({ code: "CANCELLED" });

    const last = product.core.stats(name, { follow: true }, { onSample: (stats) => samples.push(stats) });
    await eventually("a sample of the second look", () => samples.length >= 4);
    await product.core.stop(name);
    expect(await last).toEqual(samples.at(-1));
    expect(await rejection(product.core.stats(name))).toMatchObject({ code: "NOT_RUNNING" });
    expect(await product.core.get(name, { resources: true })).not.toHaveProperty("resources");
    await product.core.start(name);
  });

  it("refuses what it does not know, naming it", async () => {
    for (const [request, field] of [
      [{ follow: "yes" }, "follow"],
      [{ follow: true }, "follow"],
      [{ every: 5 }, "every"],
    ] as const) {
      expect(await rejection(product.core.stats(name, request))).toMatchObject({
        code: "SPEC_INVALID",
        field,
      });
    }
  });

  it("is measured for who watches over a stop and a start, by one stream, and by none afterwards", async () => {
    const core = product.another();
    const watching = core.watch();
    const { id } = await core.get(name);
    const seen: (number | undefined)[] = [];
    const [first, second] = [1, 2].map(() => core.watchStats(id, (stats) => seen.push(stats?.pids)));
    await eventually("both hear of it", () => seen.filter((pids) => pids !== undefined).length >= 4);
    await product.core.stop(name);
    await eventually("it is over", () => seen.at(-1) === undefined);
    await product.core.start(name);
    await eventually("it goes on", () => seen.at(-1) !== undefined);
    expect((await core.get(name)).resources?.memoryLimitMiB).toBe(256);
    first?.dispose();
    second?.dispose();
    expect(await core.get(name)).not.toHaveProperty("resources");
    watching.dispose();
  });
});
