import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { isApiAtLeast } from "../../src/engine/ping.js";
import { nullLogger } from "../../src/util/log.js";
import { collector } from "../support/collect.js";
import { newerEngine } from "../support/newerEngine.js";
import { testEndpoint, uniqueName } from "../support/testEngine.js";
import { engineContract } from "./engine.contract.js";
import type { Rig } from "./rig.js";
import { createRig } from "./rig.js";

/** The whole contract on a later engine, and what that one can do that API 1.41 cannot (SPEC E6, E7). */
export function newerContract(major: "26" | "28", isItsApi: (apiVersion: string) => boolean): void {
  const { endpoint, missing } = newerEngine(major);
  const connect = () => {
    if (!endpoint) throw new Error(`there is no Engine ${major}${missing}`);
    return createDockerEngine(endpoint, { log: nullLogger });
  };
  if (endpoint) engineContract(`Docker ${major}`, connect);

  describe.skipIf(!endpoint)(`Docker ${major}${missing}`, () => {
    let rig: Rig;
    beforeAll(() => {
      rig = createRig(connect());
    });
    afterAll(async () => {
      await rig.cleanUp();
      rig.engine.dispose();
    });

    it("is of the generation that is meant", async () => {
      const { version, apiVersion } = await rig.engine.ping();
      expect(Number(version.split(".")[0])).toBeGreaterThanOrEqual(Number(major));
      expect(apiVersion).toSatisfy(isItsApi);
    });

    it("has other capabilities than the tests' own engine where its API is newer", async () => {
      const older = createDockerEngine(testEndpoint(), { log: nullLogger });
      try {
        const [{ apiVersion }, ours, theirs] = await Promise.all([
          older.ping(),
          older.capabilities(),
          rig.engine.capabilities(),
        ]);
        expect(theirs).toMatchObject({ volumeSubpath: true, buildKit: true, gpu: ours.gpu });
        // The same machine and the same kernel.
        expect(theirs.cgroupVersion).toBe(ours.cgroupVersion);
        expect(theirs.architecture).toBe(ours.architecture);
        expect(ours.volumeSubpath).toBe(isApiAtLeast(apiVersion, "1.45"));
      } finally {
        older.dispose();
      }
    });

    it("really mounts a part of a volume, as it says it can", async () => {
      const { engine } = rig;
      const [key = "", value = ""] = rig.label.split("=");
      const Source = uniqueName();
      const mount = (VolumeOptions: object) => ({
        HostConfig: { Mounts: [{ Type: "volume" as const, Source, Target: "/state", VolumeOptions }] },
      });
      const filled = await rig.running({
        ...mount({ Labels: { [key]: value } }),
        Cmd: ["sh", "-c", "mkdir /state/part && echo inside >/state/part/file"],
      });
      expect(await engine.waitContainer(filled)).toBe(0);
      const reader = await rig.running(mount({ Subpath: "part" }));
      const out = collector();
      await engine.exec(reader, { command: ["cat", "/state/file"], stdout: out.stream });
      expect(out.text()).toBe("inside\n");
    });
  });
}
