import { describe, expect, it } from "vitest";
import type { StatsSample } from "../../src/model/stats.js";
import { rejection } from "../support/collect.js";
import type { Rig } from "./rig.js";

export function statsContract(rig: () => Rig): void {
  describe("stats", () => {
    const follow = (id: string, signal?: AbortSignal) =>
      rig().engine.stats(id, signal)[Symbol.asyncIterator]();

    it("tell what a running container uses, and end when it has stopped", async () => {
      const id = await rig().running({ HostConfig: { Memory: 64 * 2 ** 20 } });
      const samples: StatsSample[] = [];
      for await (const sample of rig().engine.stats(id)) {
        samples.push(sample);
        if (samples.length === 1) await rig().engine.stopContainer(id, 5);
      }
      const [sample] = samples;
      expect(sample?.cpuPercent).toBeGreaterThanOrEqual(0);
      expect(sample?.memoryUsedBytes).toBeGreaterThan(0);
      expect(sample?.memoryUsedBytes).toBeLessThan(64 * 2 ** 20);
      expect(sample?.memoryLimitBytes).toBeGreaterThanOrEqual(64 * 2 ** 20);
      expect(sample?.pids).toBeGreaterThan(0);
      expect(Math.abs((sample?.at.getTime() ?? 0) - Date.now())).toBeLessThan(30_000);
      // It has stopped, and there is nothing to tell.
      expect((await follow(id).next()).done).toBe(true);
    });

    it("of a container that never ran there are none, and of none there is an error", async () => {
      const id = await rig().container();
      expect((await follow(id).next()).done).toBe(true);
      for (const none of ["", "0".repeat(64)])
        expect(await rejection(follow(none).next())).toMatchObject({ code: "NOT_FOUND" });
    });

    it("go on while it is paused, and end with their signal", async () => {
      const id = await rig().running();
      await rig().engine.pauseContainer(id);
      const giveUp = new AbortController();
      const iterator = follow(id, giveUp.signal);
      expect((await iterator.next()).value).toMatchObject({ cpuPercent: 0 });
      await rig().engine.unpauseContainer(id);
      const reason = new Error("enough");
      const next = iterator.next();
      giveUp.abort(reason);
      await expect(next).rejects.toBe(reason);
    });
  });
}
