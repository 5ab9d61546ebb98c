import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Picture } from "../../src/app/core.js";
import type { AgentRow } from "../../src/store/rows.js";
import { eventually } from "../support/collect.js";
import { firstProcessOf } from "../support/firstProcess.js";
import { startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);
const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "";
const docker = (...args: string[]) => run("docker", ["-H", engine, ...args]);

describe("the live picture", () => {
  let product: Product;
  let watching: { dispose(): void };

  beforeAll(async () => {
    product = await startProduct();
    watching = product.core.watch();
    await eventually("the engine is live", () => product.core.picture.engines[0]?.link.kind === "live");
  });
  afterAll(async () => {
    watching.dispose();
    await product.dispose();
  });

  const row = (picture: Picture, name: string) => picture.agents.find(({ agent }) => agent.name === name);
  const until = (name: string, what: string, check: (row: AgentRow | undefined) => boolean) =>
    eventually(what, () => check(row(product.core.picture, name)));

  it("follows a create of this program from its first moment to its login", async () => {
    const name = product.name();
    const seen: string[] = [];
    const listening = product.core.onDidChange((picture) => {
      const now = row(picture, name);
      const shown = now && `${now.agent.state}${now.awaitingLogin ? " awaiting" : ""}`;
      if (shown && seen.at(-1) !== shown) seen.push(shown);
    });
    await product.core.create({ name });
    await until(name, "it runs", (now) => now?.agent.state === "running" && !now.awaitingLogin);
    listening.dispose();
    expect(seen).toEqual(["creating", "running"]);
  });

  it("sees what another program does, and tries the login itself", async () => {
    const other = product.another();
    const name = product.name();
    await other.create({ name });
    await until(name, "it was logged into", (now) => now?.agent.state === "running" && !now.awaitingLogin);
    await other.stop(name);
    await until(name, "it stopped", (now) => now?.agent.state === "stopped");
    expect(row(product.core.picture, name)?.agent.stateReason).toBe("Stopped on request (docker stop).");
    await docker("start", name);
    await until(name, "it runs again", (now) => now?.agent.state === "running" && !now.awaitingLogin);
    await other.destroy(name);
    await until(name, "it is gone", (now) => now === undefined);
  });

  it("tells how an agent ended", async () => {
    const name = product.name();
    const agent = await product.core.create({ name });
    process.kill(await firstProcessOf(agent.containerId), "SIGKILL");
    await until(name, "it died", (now) => now?.agent.state === "exited");
    expect(row(product.core.picture, name)?.agent.exit).toMatchObject({ code: 137, oomKilled: false });

    await product.core.start(name);
    await until(name, "it runs", (now) => now?.agent.state === "running" && !now.awaitingLogin);
    await product.ssh(agent.ssh?.alias ?? "", "sudo kill -TERM 1").catch(() => undefined);
    await until(name, "it ended itself", (now) => now?.agent.state === "stopped");
    expect(row(product.core.picture, name)?.agent.stateReason).toBe("Ended itself (code 0).");

    await product.core.start(name);
    await product.core.stop(name);
    await until(name, "it stopped", (now) => now?.agent.state === "stopped");
    expect(row(product.core.picture, name)?.agent.stateReason).toBe("Stopped by Agent Containers.");
  });

  it("shows an agent whose sshd takes no login as unhealthy, with the reason", async () => {
    const name = product.name();
    await product.core.create({ name });
    await product.core.exec(name, {
      command: ["sh", "-c", ": > /mngr-state/ssh/authorized_keys"],
      user: "root",
    });
    await docker("restart", name);
    await until(name, "it is unhealthy", (now) => now?.agent.state === "unhealthy");
    expect(row(product.core.picture, name)?.agent.stateReason).toMatch(/key/i);
  });

  it("lists a failed create with its log until it is dismissed", async () => {
    const name = product.name();
    await product.core.create({ name, command: ["sh", "-c", "echo why >&2; exit 3"] }).catch(() => undefined);
    await until(name, "it is listed as failed", (now) => now?.agent.state === "failed");
    const failed = row(product.core.picture, name);
    expect(failed?.failure?.error.log).toContain("why");
    product.core.dismiss(failed?.agent.id ?? "");
    expect(row(product.core.picture, name)).toBeUndefined();
  });

  it("keeps verbs on one agent apart, whoever asks", async () => {
    const name = product.name();
    await product.core.create({ name });
    const results = await Promise.all([
      product.core.stop(name),
      product.core.start(name),
      product.core.stop(name),
      product.core.restart(name),
    ]);
    expect(results.map(({ state }) => state)).toEqual(["stopped", "running", "stopped", "running"]);
    const destroyed = await Promise.allSettled([
      product.core.destroy(name),
      product.core.destroy(name),
      product.another().destroy(name),
    ]);
    expect(destroyed.filter(({ status }) => status === "fulfilled").length).toBeGreaterThan(0);
    await expect(product.core.get(name)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
