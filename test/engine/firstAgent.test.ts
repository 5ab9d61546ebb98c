import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { eventually } from "../support/collect.js";
import { engineThings, startProduct, type Product } from "../support/product.js";

const greeter =
  "$s = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 5, ReuseAddr => 1) or die; " +
  'while ($c = $s->accept) { print $c "hello\\n"; close $c }';

/** The first bytes that a port sends, or undefined. */
function bannerOf(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.setTimeout(1_000, () => socket.destroy());
    socket.once("data", (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once("error", () => resolve(undefined));
    socket.once("close", () => resolve(undefined));
  });
}

describe("the first agent", () => {
  let product: Product;
  let agent: Agent;

  beforeAll(async () => {
    product = await startProduct();
    agent = await product.core.create({
      name: product.name(),
      env: { GREETING: 'two "quoted" words' },
      tags: { a: "1" },
    });
  });
  afterAll(() => product.dispose());

  it("is described as SPEC X3 has it", () => {
    expect(agent).toMatchObject({
      name: `${product.prefix}-1`,
      type: "command",
      state: "running",
      image: "debian:bookworm-slim",
      workspaceFolder: "/app",
      tags: { a: "1" },
      parentId: null,
      sessions: [],
      ssh: { alias: `ac-${product.prefix}-1`, hostName: "127.0.0.1", user: "agent" },
    });
    expect(agent.id).toMatch(/^agent-[0-9a-f]{32}$/);
    expect(agent.containerId).toMatch(/^[0-9a-f]{64}$/);
    expect(Date.parse(agent.createdAt)).toBeGreaterThan(Date.now() - 600_000);
    expect(JSON.parse(JSON.stringify(agent))).toEqual(agent);
  });

  it("has the defaults for its limits, and what C6 gives it", async () => {
    const { stdout } = await product.ssh(agent.ssh?.alias ?? "", "env");
    const [published] = agent.endpoints;
    expect(stdout).toContain(`PORT=${published?.port ?? 0}\n`);
    expect(published).toMatchObject({ type: "tcp", host: "127.0.0.1", containerPort: published?.port });
    expect(stdout).toContain("DEBUG_HOST=true\n");
    expect(stdout).toContain("PROJECT_ID=agent\n");
    expect(stdout).toContain('GREETING=two "quoted" words\n');
    const limits = await product.core.exec(agent.name, {
      command: [
        "sh",
        "-c",
        "cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup/memory.max",
      ],
    });
    expect(Number(limits.stdout)).toBe(2 * 1024 ** 3);
  });

  it("is reached on its PORT from this machine", async () => {
    const { port } = agent.endpoints[0] ?? { port: 0 };
    const stop = new AbortController();
    const serving = product.core
      .exec(
        agent.name,
        { command: ["perl", "-MIO::Socket::INET", "-e", greeter, String(port)] },
        { signal: stop.signal },
      )
      .catch((error: unknown) => error);
    const banner = await eventually("a banner on PORT", () => bannerOf(port));
    expect(banner).toBe("hello\n");
    stop.abort();
    expect(await serving).toMatchObject({ code: "CANCELLED" });
    await eventually("the command was killed", async () => (await bannerOf(port)) === undefined);
  });

  it("is found by id, prefix and name, also by another program", async () => {
    const other = product.another();
    for (const target of [agent.id, agent.id.slice(0, 14), agent.name]) {
      expect((await other.get(target)).id).toBe(agent.id);
    }
    expect((await other.list()).map(({ id }) => id)).toContain(agent.id);
    await expect(other.get(`${product.prefix}-none`)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("is seen without a key from another machine, and has nothing private in its labels", async () => {
    const elsewhere = await startProduct();
    try {
      const seen = await elsewhere.core.get(agent.id);
      expect(seen).toMatchObject({ name: agent.name, state: "running", ssh: null });
    } finally {
      await elsewhere.dispose();
    }
    const { labels } = await product.engine.inspectContainer(agent.containerId);
    const text = JSON.stringify(labels);
    expect(text).not.toContain("PRIVATE KEY");
    expect(text).not.toContain("GREETING");
  });

  it("runs commands with their environment, folder, user and exit code", async () => {
    const exec = (command: string[], more: object = {}) =>
      product.core.exec(agent.name, { command, ...more });
    expect(await exec(["sh", "-c", "echo out; echo err >&2; exit 7"])).toEqual({
      exitCode: 7,
      stdout: "out\n",
      stderr: "err\n",
    });
    expect((await exec(["pwd"])).stdout).toBe("/app\n");
    expect((await exec(["id", "-un"])).stdout).toBe("agent\n");
    expect((await exec(["id", "-un"], { user: "root", cwd: "/tmp" })).stdout).toBe("root\n");
    expect((await exec(["printenv", "X"], { env: { X: "a b" } })).stdout).toBe("a b\n");
    expect((await exec(["cat"], { stdin: "héllo\n" })).stdout).toBe("héllo\n");
    expect((await exec(["sh", "-c", "test -t 1 && echo terminal"], { tty: true })).stdout).toBe(
      "terminal\r\n",
    );
    expect(await exec(["sh", "-c", "kill -TERM $$"])).toMatchObject({ exitCode: 143, signal: "SIGTERM" });
    await expect(exec(["no-such-command"])).rejects.toMatchObject({ code: "EXEC_FAILED" });
    await expect(exec([])).rejects.toMatchObject({ code: "SPEC_INVALID", field: "command" });
  });

  it("keeps its tags, and says how to get others", async () => {
    expect((await product.core.setTags(agent.name, { tags: { a: "1" } })).tags).toEqual({ a: "1" });
    const changed = product.core.setTags(agent.name, { tags: { a: "2" } });
    await expect(changed).rejects.toMatchObject({ code: "TAGS_IMMUTABLE", field: "tags" });
    await expect(changed).rejects.toMatchObject({ remedy: expect.stringContaining('{"a":"2"}') as string });
    await expect(product.core.setTags(agent.name, { tags: "x" })).rejects.toMatchObject({
      code: "SPEC_INVALID",
    });
  });

  it("is reached by its name from its neighbours", async () => {
    const internal = agent.endpoints.filter(({ type }) => type === "docker-internal");
    expect(internal.map(({ host, port }) => `${host}:${port}`)).toEqual([
      `${agent.name}:${agent.endpoints[0]?.port ?? 0}`,
    ]);
    const neighbour = await product.core.create({ name: product.name() });
    const { stdout } = await product.core.exec(neighbour.name, {
      command: ["bash", "-c", `exec 3<>/dev/tcp/${agent.name}/22; head -c 7 <&3`],
    });
    expect(stdout).toBe("SSH-2.0");
    await product.core.destroy(neighbour.name);
  });

  it("stops at once, starts again with its files, and both are idempotent", async () => {
    await product.core.exec(agent.name, {
      command: ["sh", "-c", "echo kept > /app/file; echo kept > /mngr/file"],
    });
    const stopped = await product.core.stop(agent.name);
    expect(stopped).toMatchObject({ state: "stopped", exit: { code: 0, oomKilled: false } });
    expect((await product.core.stop(agent.name)).state).toBe("stopped");
    await expect(product.core.exec(agent.name, { command: ["true"] })).rejects.toMatchObject({
      code: "NOT_RUNNING",
    });
    expect((await product.core.start(agent.name)).state).toBe("running");
    expect((await product.core.start(agent.name)).state).toBe("running");
    const { stdout } = await product.ssh(agent.ssh?.alias ?? "", "cat /app/file /mngr/file");
    expect(stdout).toBe("kept\nkept\n");
    const restarted = await product.core.restart(agent.name);
    expect(restarted.ssh).toEqual(agent.ssh);
  });

  it("pauses, goes on, and starts out of a pause", async () => {
    expect((await product.core.pause(agent.name)).state).toBe("paused");
    expect((await product.core.pause(agent.name)).state).toBe("paused");
    await expect(product.core.exec(agent.name, { command: ["true"] })).rejects.toMatchObject({
      code: "NOT_RUNNING",
    });
    expect((await product.core.resume(agent.name)).state).toBe("running");
    expect((await product.core.resume(agent.name)).state).toBe("running");
    await product.core.pause(agent.name);
    expect((await product.core.start(agent.name)).state).toBe("running");
  });

  it("is renamed with its id, alias and key, and frees the old name", async () => {
    const other = await product.core.create({ name: product.name() });
    const renamed = await product.core.rename(agent.name, { name: `${agent.name}-b` });
    expect(renamed).toMatchObject({ id: agent.id, name: `${agent.name}-b`, ssh: agent.ssh });
    await product.ssh(agent.ssh?.alias ?? "", "true");
    await expect(product.core.get(agent.name)).rejects.toMatchObject({ code: "NOT_FOUND" });
    const taken = product.core.rename(other.name, { name: renamed.name });
    await expect(taken).rejects.toMatchObject({ code: "NAME_CONFLICT", suggestion: `${renamed.name}-2` });
    await expect(product.core.rename(other.name, { name: "a b" })).rejects.toMatchObject({ field: "name" });
    await product.core.rename(other.name, { name: agent.name });
    await product.core.destroy(agent.name);
    expect((await product.core.rename(renamed.id, { name: agent.name })).ssh).toEqual(agent.ssh);
  });

  it("opens at the URI that Remote-SSH takes, after its checks", async () => {
    const target = await product.core.open(agent.name);
    expect(target).toMatchObject({
      uri: `vscode-remote://ssh-remote+ac-${product.prefix}-1/app`,
      alias: `ac-${product.prefix}-1`,
      folder: "/app",
    });
    await product.core.stop(agent.name);
    expect((await product.core.open(agent.name, { check: false, folder: "/mngr" })).folder).toBe("/mngr");
    expect((await product.core.get(agent.name)).state).toBe("stopped");
    await product.core.open(agent.name);
    expect((await product.core.get(agent.name)).state).toBe("running");
  });

  it("leaves nothing when it is destroyed", async () => {
    expect(await product.core.destroy(agent.name)).toEqual({ id: agent.id, name: agent.name });
    expect(await engineThings(product.engine, product.prefix)).toMatchObject({
      containers: [],
      networks: [],
    });
    expect((await product.engine.listVolumes(`com.imbue.mngr.agent-id=${agent.id}`)).length).toBe(0);
    expect(await product.sshFiles()).toEqual({});
  });
});
