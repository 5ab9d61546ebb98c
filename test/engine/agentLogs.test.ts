import { execFile } from "node:child_process";
import { Writable } from "node:stream";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { collector, eventually, rejection } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);
const docker = (...args: string[]) =>
  run("docker", ["-H", process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "", ...args]);

describe("the log of an agent", () => {
  let product: Product;
  let agent: Agent;
  beforeAll(async () => {
    product = await startProduct();
    // Says what is written to a pipe, on the stream that is meant.
    const script =
      "mkfifo -m 666 /tmp/say; echo ready; while :; do read -r to text </tmp/say && " +
      'case $to in err) printf "%b" "$text" >&2;; *) printf "%b" "$text";; esac; done';
    agent = await product.core.create({ name: product.name(), command: ["sh", "-c", script] });
  });
  afterAll(() => product.dispose());

  const say = async (to: "out" | "err", text: string) => {
    const line = `${to} ${text}`;
    await product.core.exec(agent.id, { command: ["sh", "-c", 'printf "%s\\n" "$1" >/tmp/say', "sh", line] });
  };
  const logs = (request: object) => product.core.logs(agent.id, request);
  const written = (text: string) =>
    eventually(`"${text}" is written`, async () => {
      const { stdout, stderr } = await logs({});
      return `${stdout}${stderr}`.includes(text);
    });

  it("tells stdout and stderr apart, without a last line end and with every character", async () => {
    await say("out", "häß€😀\\n");
    await say("err", "wrong\\n");
    await written("wrong");
    const { stdout, stderr } = await logs({});
    expect(stdout).toContain("ready\n");
    expect(stdout).toContain("häß€😀\n");
    expect(stdout).not.toContain("wrong");
    expect(stderr).toContain("wrong\n");
    expect(stderr).not.toContain("häß");
  });

  it("gives the last lines, those since and until a time, and times", async () => {
    await say("out", "tail-1\\ntail-2\\ntail-3\\n");
    await written("tail-3");
    expect(await logs({ tail: 2 })).toEqual({ stdout: "tail-2\ntail-3\n", stderr: "" });
    expect(await logs({ tail: 0 })).toEqual({ stdout: "", stderr: "" });

    const { stdout } = await logs({ tail: 1, timestamps: true });
    const [, time = ""] = /^(\d{4}-\d\d-\d\dT[\d:]+\.\d{9}Z) tail-3\n$/.exec(stdout) ?? [];
    const last = Date.parse(time);
    expect((await logs({ until: new Date(last - 60_000).toISOString() })).stdout).toBe("");
    expect((await logs({ since: new Date(last - 1).toISOString() })).stdout).toContain("tail-3\n");
    expect((await logs({ since: new Date(last + 60_000).toISOString() })).stdout).toBe("");
    expect((await logs({ since: "1h" })).stdout).toContain("ready\n");
    expect((await logs({ since: Math.floor(last / 1000) - 3600, tail: "all" })).stdout).toContain("ready\n");
  });

  it("is followed in its order, at once, until it is given up", async () => {
    const giveUp = new AbortController();
    const [out, err] = [collector(), collector()];
    const following = product.core.logs(
      agent.id,
      { follow: true, tail: 0 },
      { signal: giveUp.signal, stdout: out.stream, stderr: err.stream },
    );
    following.catch(() => undefined);
    // Not before it follows: what was written earlier is not in a tail of 0.
    await eventually("the first line comes", async () => {
      await say("out", "again\\n");
      return out.text().includes("again");
    });
    await say("err", "oops\\n");
    await say("out", "done\\n");
    await eventually("the last line comes", () => out.text().endsWith("done\n"));
    expect(err.text()).toBe("oops\n");
    const begun = performance.now();
    giveUp.abort();
    expect(await rejection(following)).toMatchObject({ code: "CANCELLED" });
    expect(performance.now() - begun).toBeLessThan(1000);
    // Nobody is left behind: the agent takes what comes.
    await say("out", "later\\n");
    expect(out.text()).not.toContain("later");
  });

  it("ends a follow with the agent, and can be read when it is stopped", async () => {
    const [out, err] = [collector(), collector()];
    const sinks = { stdout: out.stream, stderr: err.stream };
    const following = product.core.logs(agent.id, { follow: true }, sinks);
    await eventually("it follows", () => out.text().includes("later"));
    await product.core.stop(agent.id);
    expect(await following).toEqual({ stdout: "", stderr: "" });
    expect((await logs({})).stdout).toContain("later\n");
    await product.core.start(agent.id);
    expect((await logs({})).stdout).toMatch(/later\n[^]*ready\n/);
  });

  it.each([
    [{ tail: -1 }, "tail"],
    [{ tail: "some" }, "tail"],
    [{ since: "yesterday" }, "since"],
    [{ until: "10 minutes" }, "until"],
    [{ follow: 1 }, "follow"],
    [{ follow: true }, "follow"],
    [{ lines: 3 }, "lines"],
  ])("refuses %j, naming the field", async (request, field) => {
    expect(await rejection(logs(request))).toMatchObject({ code: "SPEC_INVALID", field });
  });

  it("of 100 MB costs no memory, whoever reads slowly or not to the end", async () => {
    const name = product.name();
    await docker(
      ...["run", "-d", "--name", name, "--network", "none", "--label", `com.imbue.mngr.agent-id=${name}`],
      ...[
        "debian:bookworm-slim",
        "sh",
        "-c",
        "yes $(head -c 2000 /dev/zero | tr \\\\0 x) | head -c 100000000",
      ],
    );
    try {
      await docker("wait", name);
      // The engine writes on for a moment: the last line, which has no end, is the rest of the division.
      const rest = "x".repeat(100_000_000 % 2001);
      await eventually("all is in the log", async () => {
        const { stdout } = await product.core.logs(name, { tail: 1 });
        return stdout === rest;
      });
      global.gc?.();
      const before = process.memoryUsage().rss;
      let bytes = 0;
      let most = 0;
      const count = new Writable({
        write(chunk: Buffer, _encoding, done) {
          bytes += chunk.length;
          most = Math.max(most, process.memoryUsage().rss);
          // A turn of the event loop: slower than the engine.
          setImmediate(done);
        },
      });
      await product.core.logs(name, { tail: "all" }, { stdout: count, stderr: count });
      expect(bytes).toBe(100_000_000);
      expect(most - before).toBeLessThan(80 * 2 ** 20);
      expect(await rejection(product.core.logs(name, { tail: "all" }))).toMatchObject({
        code: "SPEC_INVALID",
        field: "tail",
      });
      // A reader that has had enough.
      const enough = new Writable({
        write: (_chunk, _encoding, done) => done(Object.assign(new Error("closed"), { code: "EPIPE" })),
      });
      await product.core.logs(name, { tail: "all" }, { stdout: enough, stderr: enough });
    } finally {
      await docker("rm", "-f", name);
    }
  });
});
