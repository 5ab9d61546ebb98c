import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ContainerBody } from "../../src/model/containerBody.js";
import { isAgentError } from "../../src/model/errors.js";
import { applyStartArgs } from "../../src/model/startArgs/applyStartArgs.js";
import { flagTable } from "../../src/model/startArgs/flagTable.js";
import { parseStartArgs } from "../../src/model/startArgs/parseStartArgs.js";
import { refusedFlags } from "../../src/model/startArgs/refusedFlags.js";
import {
  cliMissing,
  createCliRig,
  createRecordingDaemon,
  type CliRig,
  type RecordingDaemon,
} from "../support/dockerCli.js";
import { flagCases } from "../support/startArgsCases.js";
import { differences } from "../support/differences.js";
import { combinations, writeFlag } from "../support/startArgsRandom.js";

/**
 * The same flags for the real Docker CLI, which tells a recording daemon, and for our parser, on top of what the CLI
 * sends for no flags at all: the same request, or both refuse.
 */
describe.skipIf(cliMissing !== "")(`start arguments beside the Docker CLI${cliMissing}`, () => {
  let rig: CliRig;
  let daemon: RecordingDaemon;
  let base: ContainerBody;

  const cli = async (args: readonly string[]) => {
    const { ok, stderr } = await rig.docker(daemon.host, ["create", ...args, "image", "true"]);
    const request = daemon.take();
    return ok && request ? request : stderr;
  };
  const ours = (args: readonly string[]) => {
    try {
      const parsed = parseStartArgs(args, rig.context);
      return { body: applyStartArgs(base, parsed), platform: parsed.platform };
    } catch (error) {
      if (isAgentError(error, "START_ARG_INVALID") && error.field === "startArgs") return error.message;
      throw error;
    }
  };
  /** Undefined when they agree. */
  const difference = async (args: readonly string[]) => {
    const [theirs, own] = [await cli(args), ours(args)];
    if (typeof theirs === "string" && typeof own === "string") return undefined;
    const fields = differences(theirs, own);
    return fields.length > 0 ? { args, fields } : undefined;
  };

  beforeAll(async () => {
    rig = await createCliRig();
    daemon = await createRecordingDaemon();
    const plain = await cli([]);
    if (typeof plain === "string") throw new Error(plain);
    base = plain.body as ContainerBody;
  });
  afterAll(async () => {
    await daemon.close();
    await rig.close();
  });

  it("has cases for every flag that is taken", () => {
    expect(flagCases.map(({ flag }) => flag).sort()).toEqual(flagTable.map(({ name }) => name).sort());
  });

  it("knows every flag of the CLI's own help, to take it or to refuse it", async () => {
    const { stdout } = await rig.docker(daemon.host, ["run", "--help"]);
    const documented = [...stdout.matchAll(/^ +(?:-\w, | {4})--([a-z0-9-]+)/gm)].map(([, name]) => name);
    expect(documented.length).toBeGreaterThan(95);
    const known = [...flagTable, ...refusedFlags].map(({ name }) => name);
    expect(documented.filter((name) => !known.includes(name ?? ""))).toEqual([]);
  });

  it.each(flagCases.map((cases) => [cases.flag, cases] as const))(
    "--%s, each value",
    async (_flag, cases) => {
      // Aliases need a network of one's own.
      const before = cases.flag.endsWith("alias") ? ["--network", "own"] : [];
      for (const [index, value] of [...cases.good, ...(cases.client ?? [])].entries()) {
        const args = [...before, ...writeFlag(cases, value, index)];
        expect(await difference(args)).toBeUndefined();
        expect(ours(args), args.join(" ")).not.toBeTypeOf("string");
      }
      // All at once: what replaces, what grows, and in which order.
      const values = [...cases.good, ...(cases.client ?? [])];
      for (const order of [values, [...values].reverse()]) {
        const args = order.flatMap((value, index) => writeFlag(cases, value, index));
        expect(await difference([...before, ...args])).toBeUndefined();
      }
      for (const [index, value] of (cases.bad ?? []).entries()) {
        const args = writeFlag(cases, value, index);
        expect(await cli(args), args.join(" ")).toBeTypeOf("string");
        expect(ours(args), args.join(" ")).toBeTypeOf("string");
      }
    },
  );

  // The table of differences in docs/start-args.md, row by row.
  it.each([
    ["a label of ours", ["--label", "agent-containers.agent-id=x"]],
    ["a label of mngr's", ["-l", "com.imbue.mngr.host-id"]],
    ["a label of ours from a file", ["--label-file", "ours.labels"]],
    ["no network for SSH", ["--network", "none"]],
    ["the host's network", ["--net=host"]],
    ["another container's network", ["--network", "container:x"]],
    ["a bad value, replaced later", ["--pid", "bogus", "--pid", "host"]],
    ["a number that JSON cannot hold", ["--cpu-shares", "9223372036854775807"]],
    ["a size that JSON cannot hold", ["--memory", "8p"]],
    ["hexadecimal floats", ["--memory", "0x1p20"]],
    ["other notations of CPUs", ["--cpus", "0x1p0"]],
    ["an unknown type of mount", ["--mount", "type=bogus,dst=/x"]],
    ["colons in a search domain", ["--dns-search", ":a.b"]],
    ["a switch that an agent cannot have", ["--rm"]],
    ["a value that an agent cannot have", ["--entrypoint", "sh"]],
  ])("is stricter by intent: %s", async (_what, args) => {
    expect(await cli(args)).not.toBeTypeOf("string");
    expect(ours(args)).toBeTypeOf("string");
  });

  it("does not take over proxies from the CLI's settings", async () => {
    await rig.settings({ proxies: { default: { httpProxy: "http://proxy:1" } } });
    try {
      const [theirs, own] = [await cli([]), ours([])];
      expect(differences(theirs, own)).toEqual([
        '.body.Env: ["HTTP_PROXY=http://proxy:1","http_proxy=http://proxy:1"] | null',
      ]);
    } finally {
      await rig.settings({});
    }
  });

  it("leaves it to the engine to ignore --kernel-memory", async () => {
    expect(await difference(["--kernel-memory", "64m"])).toMatchObject({
      fields: [".body.HostConfig.KernelMemory: undefined | 67108864"],
    });
  });

  it.each([1, 2, 3, 4])("50 combinations of seed %d", async (seed) => {
    const all = combinations(seed, 50, ({ good, client = [], bad = [] }) => [[...good, ...client], bad]);
    let taken = 0;
    for (const args of all) {
      expect(await difference(args)).toBeUndefined();
      if (typeof ours(args) !== "string") taken += 1;
    }
    expect(taken).toBeGreaterThan(10);
  });
});
