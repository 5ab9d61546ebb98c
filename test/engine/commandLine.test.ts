import { spawn } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { build } from "esbuild";
import { options } from "../../esbuild.mjs";
import { engineThings, startProduct, type Product } from "../support/product.js";

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

describe("the command line", () => {
  let product: Product;
  let dist: string;
  const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "";

  beforeAll(async () => {
    product = await startProduct();
    dist = await mkdtemp(join(tmpdir(), "agent-containers-cli-"));
    // As it is shipped: bundled, minified, in chunks.
    await build({ ...options, entryPoints: { cli: resolve("src/cli.ts") }, outdir: dist });
    await writeFile(join(dist, "package.json"), '{"type":"module"}');
    await chmod(dist, 0o755);
  });
  afterAll(async () => {
    await product.dispose();
    await rm(dist, { recursive: true, force: true });
  });

  function start(args: string[], how: { input?: string; env?: object; uid?: number } = {}) {
    const child = spawn(process.execPath, [join(dist, "cli.js"), ...args], {
      cwd: product.home,
      uid: how.uid,
      env: { PATH: process.env.PATH, HOME: product.home, DOCKER_HOST: engine, ...how.env },
    });
    child.stdin.end(how.input);
    const ended: Promise<Ended> = Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve) => child.once("close", resolve)),
    ]).then(([stdout, stderr, status]) => ({ stdout, stderr, status }));
    return { child, ended };
  }
  const run = (args: string[], how?: Parameters<typeof start>[1]) => start(args, how).ended;
  async function json(args: string[], how?: Parameters<typeof start>[1]) {
    const { stdout, status } = await run(["--json", ...args], how);
    return { status, value: JSON.parse(stdout) as Record<string, unknown> };
  }

  it("says what differs between a snapshot and its agent, a line a file", async () => {
    const { core } = product;
    const name = product.name();
    await core.create({ name });
    await core.writeFile(name, { path: "/app/one", content: "1" });
    const { id } = await core.snapshot(name, { name: "first" });
    await core.writeFile(name, { path: "/app/two\nlines", content: "2" });
    await core.removeFile(name, { path: "/app/one" });
    const compared = await run(["compareSnapshot", id]);
    expect(compared).toMatchObject({ status: 0, stderr: expect.stringContaining("Comparing") as string });
    expect(compared.stdout.split("\n")).toEqual([
      `first → ${name} now: 2 of 2 files differ in /app and /mngr`,
      "D  /app/one",
      expect.stringMatching(/^A {2}\/app\/two.lines$/) as string,
      "",
    ]);
    const same = await json(["compareSnapshot", id, "--with", "first"]);
    expect(same).toMatchObject({ status: 0, value: { with: { id }, files: [] } });
    expect((await json(["compareSnapshot", "none"])).value).toMatchObject({
      error: { code: "SNAPSHOT_NOT_FOUND" },
    });
    await core.destroy(name, { force: true, snapshots: "delete" });
  });

  it("creates from a document on stdin, and everything else by the name", async () => {
    const name = product.name();
    await mkdir(join(product.home, "project"));
    await writeFile(join(product.home, "project", "a file"), "content");
    const spec = { name, tags: { from: "stdin" }, network: product.prefix };
    const created = await json(["create", "--input", "-", "--workspace", "project"], {
      input: JSON.stringify(spec),
    });
    expect(created).toMatchObject({ status: 0, value: { name, state: "running", tags: { from: "stdin" } } });

    const list = await run(["list", "--json"]);
    expect((JSON.parse(list.stdout) as { name: string }[]).map((agent) => agent.name)).toContain(name);
    expect((await run(["list"])).stdout).toMatch(new RegExp(`^${name} +running +ac-${name} `, "m"));

    expect(await run(["exec", name, "--", "cat", "a file"])).toMatchObject({ status: 0, stdout: "content" });
    expect((await run(["exec", name, "--", "sh", "-c", "exit 9"])).status).toBe(9);
    expect(await json(["exec", name, "--", "sh", "-c", "exit 9"])).toMatchObject({
      status: 0,
      value: { exitCode: 9 },
    });

    expect(await json(["stop", name, "--grace-seconds", "3"])).toMatchObject({ value: { state: "stopped" } });
    expect(await json(["start", name])).toMatchObject({ value: { state: "running" } });
    expect((await run(["openWorkspace", name])).stdout).toBe(`vscode-remote://ssh-remote+ac-${name}/app\n`);
    const logs = await run(["logs", name]);
    expect({ stdout: logs.stdout, status: logs.status }).toEqual({ stdout: "", status: 0 });
    expect(logs.stderr).toContain("Server listening");
    expect((await json(["logs", name, "--since", "1h", "--timestamps"])).value).toMatchObject({
      stdout: "",
      stderr: expect.stringMatching(/^\d{4}-.*Z Server listening/m) as string,
    });
    expect(await json(["stats", name])).toMatchObject({ status: 0, value: { name, memoryLimitMiB: 2048 } });
    expect((await run(["stats", name])).stdout).toMatch(/CPU [\d.]+ % {2}memory [\d.]+ \/ 2048\.0 MiB/);
    const followed = start(["logs", name, "--follow"]);
    followed.child.stderr.once("data", () => followed.child.kill("SIGINT"));
    expect((await followed.ended).status).toBe(130);
    const sampled = start(["stats", name, "--follow", "--json"]);
    sampled.child.stdout.once("data", () => sampled.child.kill("SIGINT"));
    const samples = await sampled.ended;
    expect(samples.status).toBe(130);
    expect(JSON.parse(samples.stdout.split("\n")[0] ?? "")).toMatchObject({
      name,
      pids: expect.any(Number) as number,
    });
    expect(await json(["destroy", name, "--force"])).toMatchObject({ status: 0, value: { name } });
    expect(await engineThings(product.engine, product.prefix)).toMatchObject({
      containers: [],
      networks: [],
    });
  });

  it("gives an error as one document, and as a sentence", async () => {
    const missing = await json(["get", "nobody-has-this-name"]);
    expect(missing).toMatchObject({ status: 1, value: { error: { code: "NOT_FOUND", field: "target" } } });
    const { stderr, stdout, status } = await run(["create", "--memory", "lots"]);
    expect({ stdout, status }).toEqual({ stdout: "", status: 1 });
    expect(stderr).toContain('"memory" takes bytes, or a size like 512m or 2g.');
  });

  it.each([
    [["frobnicate"]],
    [["get"]],
    [["list", "surplus"]],
    [["list", "--no-such-flag"]],
    [["create", "--env", "novalue"]],
    [["create", "--input", "/no/such/file"]],
  ])("%j is bad usage", async (args) => {
    const { status, stdout, stderr } = await run(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("--help");
  });

  it("tells the health of the engine, and of one that is not there", async () => {
    const [there] = (await json(["health"])).value as unknown as Record<string, unknown>[];
    expect(there).toMatchObject({
      engine,
      reachable: true,
      capabilities: { cgroupVersion: expect.any(String) as string },
    });
    const [gone] = (await json(["health", "--engine", "unix:///no/such.sock"])).value as unknown as object[];
    expect(gone).toMatchObject({ reachable: false, problem: { code: "ENGINE_NOT_FOUND" } });
    expect((await run(["list", "--engine", "nonsense"])).stderr).toContain("ENGINE_NOT_FOUND");
  });

  it("names the group when the socket is closed to its user", async () => {
    const folder = await mkdtemp(join(tmpdir(), "agent-containers-closed-"));
    const socket = join(folder, "docker.sock");
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      await chmod(folder, 0o755);
      await chmod(socket, 0o600);
      // As root the socket would open all the same: nobody asks.
      const uid = process.getuid?.() === 0 ? 65534 : undefined;
      if (uid === undefined) await chmod(socket, 0o000);
      const { value } = await json(["list", "--engine", `unix://${socket}`], { uid, env: { HOME: folder } });
      expect(value).toMatchObject({ error: { code: "ENGINE_PERMISSION" } });
      expect(JSON.stringify(value)).toContain("docker");
    } finally {
      server.close();
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("undoes a create on SIGINT, and ends with 130", async () => {
    const name = product.name();
    const { child, ended } = start(["create", "--name", name, "--network", product.prefix, "--json"]);
    let stderr = "";
    child.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
      if (stderr.includes("Starting")) child.kill("SIGINT");
    });
    const { status, stdout } = await ended;
    expect(status).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "CANCELLED" } });
    expect(await engineThings(product.engine, product.prefix)).toMatchObject({
      containers: [],
      networks: [],
    });
    expect(await product.sshFiles()).toEqual({});
  });
});
