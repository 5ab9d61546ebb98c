import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/ports/engine.js";
import { archiveContract } from "./archives.contract.js";
import { buildContract } from "./build.contract.js";
import { containerContract } from "./containers.contract.js";
import { execContract } from "./exec.contract.js";
import { resourceContract } from "./resources.contract.js";
import type { Rig } from "./rig.js";
import { createRig } from "./rig.js";
import { statsContract } from "./stats.contract.js";
import { streamContract } from "./streams.contract.js";

/** What every implementation of the port promises; run on the fake and on a real engine. */
export function engineContract(name: string, create: () => Engine): void {
  describe(`${name} as an Engine`, () => {
    let rig: Rig | undefined;
    const current = () => {
      if (!rig) throw new Error("the suite has not begun");
      return rig;
    };
    beforeAll(() => {
      rig = createRig(create());
    });
    afterAll(async () => {
      await rig?.cleanUp();
      rig?.engine.dispose();
    });

    it("answers a ping with its versions and the time it took", async () => {
      const ping = await current().engine.ping();
      expect(ping.version).toMatch(/^\d+\.\d+/);
      expect(ping.apiVersion).toMatch(/^1\.\d+$/);
      expect(ping.latencyMs).toBeGreaterThan(0);
    });

    it("tells what it can do", async () => {
      const capabilities = await current().engine.capabilities();
      expect(capabilities.architecture).toMatch(/^(x86_64|aarch64)$/);
      expect(capabilities.cpus).toBeGreaterThan(0);
      expect(capabilities.memoryBytes).toBeGreaterThan(2 ** 28);
      expect(capabilities.cgroupVersion).toMatch(/^[12]$/);
    });

    it("refuses an empty id before anything is sent", async () => {
      const { engine } = current();
      for (const work of [
        engine.inspectContainer(""),
        engine.startContainer(""),
        engine.stopContainer("", 1),
        engine.removeContainer(""),
        engine.waitContainer(""),
        engine.exec("", { command: ["true"] }),
      ]) {
        await expect(work).rejects.toMatchObject({ code: "NOT_FOUND" });
      }
    });

    it("rejects with the reason of a signal that was aborted before", async () => {
      const reason = new Error("changed my mind");
      const signal = AbortSignal.abort(reason);
      await expect(current().engine.ping(signal)).rejects.toBe(reason);
      await expect(current().engine.listContainers("x", signal)).rejects.toBe(reason);
    });

    containerContract(current);
    archiveContract(current);
    buildContract(current);
    execContract(current);
    streamContract(current);
    statsContract(current);
    resourceContract(current);
  });
}
