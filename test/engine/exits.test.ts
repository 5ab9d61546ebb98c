import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Core } from "../../src/app/core.js";
import type { Agent } from "../../src/model/agent.js";
import { labelKeys } from "../../src/model/labels.js";
import type { EngineEvent } from "../../src/ports/engine.js";
import { eventually } from "../support/collect.js";
import { firstProcessOf } from "../support/firstProcess.js";
import { startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);
const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "";
const docker = (...args: string[]) => run("docker", ["-H", engine, ...args]);

/** Goes on until it is told how to end: with a code, or by taking all memory there is. */
const command = [
  "sh",
  "-c",
  "until [ -s /tmp/end ]; do sleep 0.05; done; read how </tmp/end; [ $how != oom ] || exec tail /dev/zero; exit $how",
];

/** One end after which nothing shows, or showed for a moment, another's reason. */
describe("how an agent ended", () => {
  let product: Product;
  let watching: { dispose(): void };
  const following = new AbortController();
  const deaths = new Map<string, number>();

  beforeAll(async () => {
    product = await startProduct();
    watching = product.core.watch();
    await eventually("the engine is live", () => product.core.picture.engines[0]?.link.kind === "live");
    const events = product.engine.events(labelKeys.agentId, following.signal);
    await new Promise<void>((connected, failed) => {
      const note = (event: EngineEvent) => {
        if (event.type === "connected") connected();
        else if (event.action === "die") deaths.set(event.id, event.at.getTime());
      };
      void (async () => {
        for await (const event of events) note(event);
      })().catch(failed);
    });
  });
  afterAll(async () => {
    following.abort();
    watching.dispose();
    await product.dispose();
  });

  const rowOf = (core: Core, name: string) =>
    core.picture.agents.find(({ agent }) => agent.name === name)?.agent;
  const told = (name: string, how: string) =>
    product.core.exec(name, { command: ["sh", "-c", `echo ${how} >/tmp/end`] });

  const ends: {
    how: string;
    act: (agent: Agent) => Promise<unknown>;
    state: string;
    reason: string;
    code: number;
    oomKilled?: boolean;
    /** What a client says that was not there when it happened; an inspect still tells codes and memory. */
    later: string;
  }[] = [
    {
      how: "our stop",
      act: ({ name }) => product.core.stop(name),
      state: "stopped",
      reason: "Stopped by Agent Containers.",
      code: 0,
      later: "Ended with code 0.",
    },
    {
      how: "docker stop",
      act: ({ name }) => docker("stop", name),
      state: "stopped",
      reason: "Stopped on request (docker stop).",
      code: 0,
      later: "Ended with code 0.",
    },
    {
      how: "kill -9 of PID 1 from the host",
      act: async ({ containerId }) => process.kill(await firstProcessOf(containerId), "SIGKILL"),
      state: "exited",
      reason: "Killed by KILL (code 137).",
      code: 137,
      later: "Killed by KILL (code 137).",
    },
    {
      how: "exit 0 from inside",
      act: ({ name }) => told(name, "0"),
      state: "stopped",
      reason: "Ended itself (code 0).",
      code: 0,
      later: "Ended with code 0.",
    },
    {
      how: "exit 3 from inside",
      act: ({ name }) => told(name, "3"),
      state: "exited",
      reason: "Ended unexpectedly with code 3.",
      code: 3,
      later: "Ended unexpectedly with code 3.",
    },
    {
      how: "out of memory",
      act: ({ name }) => told(name, "oom"),
      state: "exited",
      reason: "Out of memory (code 137).",
      code: 137,
      oomKilled: true,
      later: "Out of memory (code 137).",
    },
  ];

  it.each(ends)("$how: $reason", async ({ act, state, reason, code, oomKilled = false, later }) => {
    const name = product.name();
    const agent = await product.core.create({ name, command, memory: "96m" });
    await eventually("it was logged into", () => rowOf(product.core, name)?.state === "running");

    const shown: { state: string; reason: string | undefined; at: number }[] = [];
    const listening = product.core.onDidChange((picture) => {
      const now = picture.agents.find((row) => row.agent.id === agent.id)?.agent;
      if (now && now.state !== "running" && shown.at(-1)?.reason !== now.stateReason)
        shown.push({ state: now.state, reason: now.stateReason, at: Date.now() });
    });
    await act(agent);
    await eventually("its end is shown", () => shown.length > 0);
    const died = await eventually("the engine said so", () => deaths.get(agent.containerId));
    await eventually("the verb is over", () => {
      const row = product.core.picture.agents.find((one) => one.agent.id === agent.id);
      return row?.operation === undefined;
    });
    listening.dispose();

    expect(shown.map(({ state, reason }) => ({ state, reason }))).toEqual([{ state, reason }]);
    const delay = (shown[0]?.at ?? 0) - died;
    console.log(`${reason} ${delay.toFixed(0)} ms after the engine's event`);
    expect(delay).toBeLessThan(1000);
    const exit = { code, oomKilled, reason, at: expect.any(String) as string };
    expect(rowOf(product.core, name)?.exit).toEqual(exit);
    // The verbs of this program agree with its rows; another, that came later, knows what the engine kept.
    expect(await product.core.get(name)).toMatchObject({ state, stateReason: reason, exit });
    const other = product.another();
    expect((await other.list()).find(({ id }) => id === agent.id)).toMatchObject({
      state,
      exit: { code },
    });
    expect(await other.get(name)).toMatchObject({ state, stateReason: later, exit: { code, oomKilled } });
  });

  it("stopping what has ended already changes nothing of why it ended", async () => {
    const name = product.name();
    await product.core.create({ name, command });
    await told(name, "3");
    await eventually("it ended", () => rowOf(product.core, name)?.state === "exited");
    const crashed = { state: "exited", stateReason: "Ended unexpectedly with code 3." };
    expect(await product.core.stop(name)).toMatchObject(crashed);
    expect(rowOf(product.core, name)).toMatchObject(crashed);
  });

  it("a child that ran out of memory is not why the agent was stopped later", async () => {
    const name = product.name();
    await product.core.create({ name, memory: "96m" });
    const { exitCode } = await product.core.exec(name, { command: ["tail", "/dev/zero"] });
    expect(exitCode).toBe(137);
    expect(await product.core.get(name)).toMatchObject({ state: "running" });
    await docker("stop", name);
    await eventually("it stopped", () => rowOf(product.core, name)?.state === "stopped");
    expect(rowOf(product.core, name)?.stateReason).toBe("Stopped on request (docker stop).");
    expect(await product.another().get(name)).toMatchObject({ state: "stopped" });
  });
});
