import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { options } from "../../esbuild.mjs";
import { createDockerEngine } from "../../src/engine/dockerEngine.js";
import { renderEndpoint } from "../../src/model/endpoint.js";
import type { Engine } from "../../src/ports/engine.js";
import { nullLogger } from "../../src/util/log.js";
import { newerEngine } from "../support/newerEngine.js";
import { engineThings } from "../support/product.js";
import { uniqueName } from "../support/testEngine.js";

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Later engines than the tests' own, each with its ports in a network of its own: there the whole program runs. */
describe.each(["26", "28"] as const)("the whole way on Docker %s", (major) => {
  const { endpoint, network, missing } = newerEngine(major);
  const prefix = uniqueName("acn");
  const host = endpoint ? renderEndpoint(endpoint) : "";
  let engine: Engine;
  let home: string;
  let dist: string;

  beforeAll(async () => {
    if (!endpoint) return;
    engine = createDockerEngine(endpoint, { log: nullLogger });
    home = await mkdtemp(join(tmpdir(), "agent-containers-home-"));
    dist = await mkdtemp(join(tmpdir(), "agent-containers-cli-"));
    // As it is shipped: bundled, minified, in chunks.
    await build({ ...options, entryPoints: { cli: resolve("src/cli.ts") }, outdir: dist });
    await writeFile(join(dist, "package.json"), '{"type":"module"}');
  });
  afterAll(async () => {
    if (!endpoint) return;
    const { containers } = await engineThings(engine, prefix);
    for (const name of containers) await cli("destroy", name, "--force");
    engine.dispose();
    for (const folder of [home, dist]) await rm(folder, { recursive: true, force: true });
  });

  /** Runs a program where the published ports are. */
  async function inside(...command: string[]): Promise<Ended> {
    const child = spawn("nsenter", [`--net=${network}`, ...command], {
      cwd: home,
      env: { PATH: process.env.PATH, HOME: home, DOCKER_HOST: host },
    });
    child.stdin.end();
    const [stdout, stderr, status] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((done) => child.once("close", done)),
    ]);
    return { stdout, stderr, status };
  }
  const cli = (...args: string[]) => inside(process.execPath, join(dist, "cli.js"), ...args);
  async function answer(...args: string[]): Promise<Record<string, unknown>> {
    const { stdout, stderr } = await cli("--json", ...args);
    if (!stdout) throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, unknown>;
  }
  async function json(...args: string[]): Promise<Record<string, unknown>> {
    const value = await answer(...args);
    if (value.error) throw new Error(`${args.join(" ")}: ${JSON.stringify(value.error)}`);
    return value;
  }
  const ssh = (name: string, command: string) =>
    inside("ssh", "-F", join(home, ".ssh", "config"), "-o", "BatchMode=yes", `ac-${name}`, command);

  it.skipIf(!endpoint)(`create, login, stop, start, pause, rename, destroy${missing}`, async () => {
    const name = `${prefix}-1`;
    await mkdir(join(home, "project"));
    await writeFile(join(home, "project", "a file"), "content");
    const spec = [
      "--network",
      prefix,
      "--workspace",
      "project",
      "--memory",
      "512m",
      "--env",
      "GREETING=hello",
    ];
    const agent = await json("create", "--name", name, ...spec);
    expect(agent).toMatchObject({ name, state: "running" });

    expect(await ssh(name, 'whoami; cat "/app/a file"; echo " $GREETING"')).toMatchObject({
      status: 0,
      stdout: "agent\ncontent hello\n",
    });
    const limit =
      "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max";
    expect((await ssh(name, limit)).stdout).toBe(`${String(512 * 2 ** 20)}\n`);
    expect(await cli("exec", name, "--", "sh", "-c", "echo out; echo err >&2; exit 9")).toMatchObject({
      status: 9,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect((await readdir(join(home, ".ssh"), { recursive: true })).join()).toContain(String(agent.id));
    await ssh(name, "echo kept >~/note");

    expect(await json("stop", name)).toMatchObject({ state: "stopped" });
    expect((await ssh(name, "true")).status).toBe(255);
    expect(await json("start", name)).toMatchObject({ state: "running" });
    expect(await ssh(name, "cat ~/note")).toMatchObject({ status: 0, stdout: "kept\n" });
    expect(await json("pause", name)).toMatchObject({ state: "paused" });
    expect(await json("resume", name)).toMatchObject({ state: "running" });
    expect(await json("restart", name)).toMatchObject({ state: "running" });

    const renamed = `${prefix}-2`;
    expect(await json("rename", name, "--name", renamed)).toMatchObject({ name: renamed });
    // The alias stays, for the windows that are open.
    expect(await ssh(name, "cat ~/note")).toMatchObject({ status: 0, stdout: "kept\n" });
    expect((await cli("list")).stdout).toMatch(new RegExp(`^${renamed} +running +ac-${name} `, "m"));

    expect(await json("destroy", renamed, "--force")).toMatchObject({ name: renamed });
    expect(await engineThings(engine, prefix)).toMatchObject({ containers: [], networks: [] });
    // There was none before the first agent.
    expect(existsSync(join(home, ".ssh"))).toBe(false);
  });

  it.skipIf(!endpoint)(`snapshot, fork, restore, with a session${missing}`, async () => {
    const name = `${prefix}-kept`;
    const spec = {
      name,
      network: `${prefix}-net`,
      memory: "512m",
      sessions: [
        {
          name: "work",
          command: ["sh", "-c", "echo $WORD >~/word; exec sleep 1000000"],
          env: { WORD: "a b" },
        },
      ],
    };
    await writeFile(join(home, "spec.json"), JSON.stringify(spec));
    await json("create", "--input", "spec.json");
    await ssh(name, "echo one >~/note; echo kept >/mngr/note");
    const snapshot = await json("snapshot", name);
    await ssh(name, "echo two >~/note; rm /mngr/note");
    const fork = `${name}-fork-1`;
    await writeFile(join(home, "fork.json"), JSON.stringify({ snapshot: snapshot.id }));
    await json("fork", name, "--input", "fork.json");
    await json("restore", name, "--input", "fork.json");
    for (const one of [name, fork]) {
      expect(await ssh(one, "cat ~/note /mngr/note ~/word")).toMatchObject({ stdout: "one\nkept\na b\n" });
      expect((await json("get", one)).sessions).toMatchObject([{ name: "work", state: "running" }]);
    }
    for (const one of [name, fork]) await json("destroy", one, "--force");
    await json("deleteSnapshot", String(snapshot.id));
    expect(await engine.listImages("agent-containers.snapshot")).toEqual([]);
    expect(await engineThings(engine, name)).toMatchObject({ containers: [] });
  });

  it.skipIf(!endpoint)(`names what is wrong, and leaves nothing${missing}`, async () => {
    const own = `${prefix}-own`;
    const [name, taken] = [`${own}-1`, `${own}-2`];
    const error = async (...args: string[]) => (await answer(...args)).error;
    expect(await error("create", "--name", name, "--image", "agent-containers-test/none:here")).toMatchObject(
      {
        code: expect.stringMatching(/^(IMAGE_NOT_FOUND|REGISTRY_UNREACHABLE)$/) as string,
      },
    );
    expect(await error("create", "--name", name, "--cpus", "1000")).toMatchObject({ code: "SPEC_INVALID" });
    await json("create", "--name", taken, "--network", own);
    expect(await error("create", "--name", taken, "--network", own)).toMatchObject({
      code: "NAME_CONFLICT",
    });
    await json("destroy", taken, "--force");
    expect(await engineThings(engine, own)).toMatchObject({ containers: [], networks: [] });
  });

  it.skipIf(!endpoint)(`tells its health${missing}`, async () => {
    const [health] = (await json("health")) as unknown as Record<string, unknown>[];
    expect(health).toMatchObject({
      engine: host,
      reachable: true,
      apiVersion: expect.stringMatching(/^1\.(4[5-9]|[5-9]\d)$/) as string,
      capabilities: { volumeSubpath: true, buildKit: true },
    });
    expect(Number(String(health?.version).split(".")[0])).toBeGreaterThanOrEqual(Number(major));
  });
});
