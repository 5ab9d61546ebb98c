import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import {
  chmod,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/app/commandLine.js";
import { collector } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";

const gigabyte = 2 ** 30;
let product: Product;
let agent: string;
let folder: string;

beforeAll(async () => {
  product = await startProduct();
  agent = product.name();
  folder = await mkdtemp(join(tmpdir(), "transfer-"));
  await product.core.create({ name: agent });
}, 120_000);
afterAll(async () => {
  await product.dispose();
  await rm(folder, { recursive: true, force: true });
});

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

/** Runs `work` and gives by how many bytes the process grew at its peak. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.memoryUsage.rss();
  let peak = before;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak - before;
}

describe.each(["running", "stopped"] as const)("to and from a %s agent", (state) => {
  beforeAll(async () => {
    if (state === "running") await product.core.start(agent);
    else await product.core.stop(agent, { graceSeconds: 1 });
  }, 60_000);

  it("1 GB goes up and comes down, in bounded memory", async () => {
    const from = join(folder, "large");
    const file = await open(from, "w");
    const block = Buffer.alloc(2 ** 20);
    for (let at = 0; at < gigabyte; at += block.length) {
      block.writeUInt32BE(at >>> 0, 0);
      await file.write(block);
    }
    await file.close();
    const to = `/app/large-${state}`;
    const up = await growth(() => product.core.upload(agent, { from, to }));
    expect(await product.core.statFile(agent, { path: to })).toMatchObject({
      kind: "file",
      sizeBytes: gigabyte,
    });
    const back = join(folder, "back");
    const down = await growth(() => product.core.download(agent, { from: to, to: back }));
    console.log(
      `1 GB, ${state}: peak RSS +${Math.round(up / 2 ** 20)} MiB up, +${Math.round(down / 2 ** 20)} MiB down`,
    );
    expect(await hashOf(back)).toBe(await hashOf(from));
    expect(Math.max(up, down)).toBeLessThan(256 * 2 ** 20);
    await product.core.removeFile(agent, { path: to });
    await rm(back);
    await rm(from);
  }, 300_000);

  it("folders go and come with modes and links, and nothing is left out by an ignore rule", async () => {
    const from = join(folder, `tree-${state}`);
    await mkdir(join(from, "empty"), { recursive: true });
    await writeFile(join(from, ".gitignore"), "*.log\n");
    await writeFile(join(from, "a.log"), "log");
    await writeFile(join(from, "run 'it'.sh"), "#!/bin/sh");
    await chmod(join(from, "run 'it'.sh"), 0o755);
    await symlink("a.log", join(from, "link"));
    const to = `/app/tree/${state}`;
    const done = await product.core.upload(agent, { from, to });
    expect(done).toMatchObject({ files: 3, skipped: [] });
    await expect(product.core.upload(agent, { from, to })).rejects.toMatchObject({ code: "FILE_EXISTS" });
    await product.core.upload(agent, { from, to, overwrite: true });
    const back = join(folder, `tree-back-${state}`);
    expect((await product.core.download(agent, { from: to, to: back })).skipped).toEqual([]);
    expect((await readdir(back)).sort()).toEqual([".gitignore", "a.log", "empty", "link", "run 'it'.sh"]);
    expect(await readFile(join(back, "link"), "utf8")).toBe("log");
    expect((await stat(join(back, "run 'it'.sh"))).mode & 0o777).toBe(0o755);
    await expect(product.core.download(agent, { from: to, to: back })).rejects.toMatchObject({
      code: "FILE_EXISTS",
    });
    await expect(
      product.core.download(agent, { from: "/app/none", to: join(folder, "none") }),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(
      product.core.upload(agent, { from: join(folder, "none"), to: "/app/x" }),
    ).rejects.toMatchObject({
      code: "NOT_FOUND",
      field: "from",
    });
  });

  it("the command line passes bytes through", async () => {
    const bytes = randomBytes(3 * 2 ** 20);
    const cli = async (args: string[], input: Buffer = Buffer.alloc(0)) => {
      const [stdout, stderr] = [collector(), collector()];
      const status = await main({
        args,
        env: { HOME: product.home, DOCKER_HOST: process.env.AGENT_CONTAINERS_TEST_ENGINE },
        platform: process.platform,
        stdin: Readable.from([input], { objectMode: false }),
        stdout: stdout.stream,
        stderr: stderr.stream,
        onInterrupt: () => undefined,
      });
      return { status, bytes: stdout.bytes(), text: stdout.text(), stderr: stderr.text() };
    };
    const path = `/app/cli's ${state}`;
    expect(await cli(["writeFile", agent, "--path", path], bytes)).toMatchObject({ status: 0 });
    expect((await cli(["readFile", agent, "--path", path])).bytes.equals(bytes)).toBe(true);
    const listed = await cli(["listFiles", agent, "--path", "/app"]);
    expect(listed.text).toContain(`-rw-r--r--  ${bytes.length}`);
    const json = await cli(["--json", "listFiles", agent, "--path", "/app"]);
    expect(JSON.parse(json.text)).toContainEqual(
      expect.objectContaining({ name: `cli's ${state}`, kind: "file" }),
    );
    expect(await cli(["readFile", agent, "--path", "/app/none"])).toMatchObject({ status: 1, text: "" });
    expect(await cli(["removeFile", agent, "--path", path])).toMatchObject({ status: 0 });
  }, 60_000);

  it("what is cancelled leaves nothing, here or there", async () => {
    const from = join(folder, "cancelled");
    await writeFile(from, Buffer.alloc(64 * 2 ** 20));
    const controller = new AbortController();
    const work = product.core.upload(
      agent,
      { from, to: "/app/cancelled" },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(work).rejects.toMatchObject({ code: "CANCELLED" });
    const names = (await product.core.listFiles(agent, { path: "/app" })).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith(".agent") || name === "cancelled")).toEqual([]);
    await rm(from);
    expect((await readdir(folder)).filter((name) => name.startsWith(".agent"))).toEqual([]);
  }, 60_000);
});
