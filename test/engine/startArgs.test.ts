import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import type { ContainerBody } from "../../src/model/containerBody.js";
import type { Endpoint } from "../../src/model/endpoint.js";
import { isAgentError } from "../../src/model/errors.js";
import { applyStartArgs } from "../../src/model/startArgs/applyStartArgs.js";
import { parseStartArgs } from "../../src/model/startArgs/parseStartArgs.js";
import { requireApiVersion } from "../../src/model/startArgs/requireApiVersion.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { differences } from "../support/differences.js";
import { cliMissing, createCliRig, createRecordingDaemon, type CliRig } from "../support/dockerCli.js";
import { inspected, remove } from "../support/inspected.js";
import { newerEngine } from "../support/newerEngine.js";
import { flagCases } from "../support/startArgsCases.js";
import { combinations, writeFlag } from "../support/startArgsRandom.js";
import { baseImage, testEndpoint, uniqueName } from "../support/testEngine.js";

const newer = newerEngine("28");
const engines: [name: string, endpoint: () => Endpoint | undefined, missing: string][] = [
  ["the tests' own engine", testEndpoint, cliMissing],
  ["engine 28", () => newer.endpoint, newer.missing || cliMissing],
];

/** The flags in parts of 18, so that a test ends in time on a machine that has much to do. */
const parts = Array.from({ length: Math.ceil(flagCases.length / 18) }, (_, index) => {
  const part = flagCases.slice(index * 18, index * 18 + 18);
  return [part[0]?.flag, part.at(-1)?.flag, part] as const;
});

/** The same flags for `docker create` and for us, on a real engine: the same `docker inspect`, or both refuse. */
describe.each(engines)("start arguments on %s", (title, endpoint, missing) => {
  describe.skipIf(missing !== "")(`create like docker create${missing}`, () => {
    const unique = uniqueName("sa-test");
    let rig: CliRig;
    let engine: Engine;
    let socket: string;
    let host: string;
    let apiVersion: string;
    let base: ContainerBody;

    beforeAll(async () => {
      const found = endpoint();
      if (found?.kind !== "unix") throw new Error(`${title} is not on a unix socket`);
      socket = found.path;
      host = `unix://${socket}`;
      engine = createDockerEngine(found, { log: nullLogger });
      ({ apiVersion } = await engine.ping());
      rig = await createCliRig();
      const daemon = await createRecordingDaemon();
      await rig.docker(daemon.host, ["create", baseImage, "true"]);
      base = daemon.take()?.body as ContainerBody;
      await daemon.close();
      const network = await rig.docker(host, ["network", "create", `${unique}-net`]);
      expect(network.stderr).toBe("");
    });
    afterAll(async () => {
      engine.dispose();
      await rig.docker(host, ["network", "rm", `${unique}-net`]);
      await rig.docker(host, ["volume", "rm", "-f", `${unique}-vol`]);
      await rig.close();
    });

    /** Makes one of each, and compares. Undefined when both refuse. */
    async function compare(given: readonly string[]): Promise<string[] | undefined> {
      const args = given.map((arg) => arg.replaceAll("sa-test", unique));
      const [theirs, ours] = [uniqueName("sa-cli"), uniqueName("sa-own")];
      try {
        const cli = await rig.docker(host, ["create", "--name", theirs, ...args, baseImage, "true"]);
        const refusal = await createOurs(ours, args);
        if (!cli.ok && refusal) return undefined;
        if (!cli.ok || refusal) return [`${cli.stderr || "created"} | ${refusal ?? "created"}`];
        return differences(await inspected(socket, theirs), await inspected(socket, ours));
      } finally {
        await Promise.all([remove(socket, theirs), remove(socket, ours)]);
      }
    }

    /** Why it was refused, by us or by the engine; undefined when it was made. */
    async function createOurs(name: string, args: readonly string[]): Promise<string | undefined> {
      try {
        const parsed = parseStartArgs(args, rig.context);
        requireApiVersion(parsed, apiVersion);
        await engine.createContainer(name, applyStartArgs(base, parsed));
        return undefined;
      } catch (error) {
        const broken = ["ENGINE_TIMEOUT", "ENGINE_UNREACHABLE", "INTERNAL"];
        if (!isAgentError(error) || broken.includes(error.code)) throw error;
        return error.message;
      }
    }

    it.each(parts)("each value of the flags from --%s to --%s", async (_first, _last, part) => {
      let made = 0;
      const different: unknown[] = [];
      for (const cases of part) {
        const values = [...cases.good, ...(cases.client ?? []), ...(cases.engine ?? [])];
        for (const [index, value] of values.entries()) {
          // Another machine's image is not here.
          if (cases.flag === "platform" && !/^$|linux.*64$|^linux$|^amd64$/.test(value)) continue;
          const args = writeFlag(cases, value, index);
          const fields = await compare(args);
          if (fields) made += 1;
          if (fields && fields.length > 0) different.push({ args, fields });
        }
      }
      expect(different).toEqual([]);
      expect(made).toBeGreaterThan(part.length);
    });

    it.each([1, 2, 3, 4])("50 combinations of seed %d", async (seed) => {
      let made = 0;
      const different: unknown[] = [];
      for (const args of combinations(seed, 50, ({ flag, good, client = [] }) => [
        good,
        flag === "platform" ? [] : client,
      ])) {
        const fields = await compare(args);
        if (fields) made += 1;
        if (fields && fields.length > 0) different.push({ args, fields });
      }
      expect(different).toEqual([]);
      expect(made).toBeGreaterThan(25);
    });
  });
});
