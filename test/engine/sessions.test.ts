import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { labelKeys } from "../../src/model/labels.js";
import { eventually } from "../support/collect.js";
import { run } from "../support/preparedAgent.js";
import { startProduct, type Product } from "../support/product.js";
import { testSocketPath } from "../support/testEngine.js";

const nasty = [
  "",
  "-n",
  "--",
  "it's",
  'say "hi"',
  "$(touch /tmp/pwned)",
  "`id`",
  "${HOME}",
  "a\\b\\n\\c",
  "two\nlines\n",
  "\n",
  " spaced  ",
  "tab\there",
  "a=b",
  "*",
  "%s%n",
  "#{pane_id}",
  "grüße 🦊",
  "'; reboot #",
];

const docker = async (...args: string[]) => {
  const ran = await run("docker", ["-H", `unix://${testSocketPath()}`, ...args]);
  if (ran.code !== 0) throw new Error(`docker ${args.join(" ")}: ${ran.stderr}`);
  return ran.stdout;
};

describe("sessions", () => {
  let product: Product;
  let agent: Agent;
  const value = "colour of 'night'\n$(id)";
  const report =
    'printf "%s\\0" "$@" >/app/arguments; { pwd; id -un; echo "$PORT $GIVEN $HOME $TOKEN"; printenv OWN; } >/app/seen; exec sleep 1000000';
  const sessions = [
    { name: "one", command: ["sh", "-c", report, "sh", ...nasty], env: { OWN: value } },
    { name: "ends", command: ["sh", "-c", "pwd >/app/where; exit 3"], cwd: "/var" },
    { name: "absent", command: ["no such program"] },
    { name: "lost", command: ["sleep", "1000000"], cwd: "-nowhere" },
    { name: "solo", command: ["top"] },
  ];

  beforeAll(async () => {
    product = await startProduct({ env: { TOKEN: "hush" } });
    agent = await product.core.create({
      name: `${product.name()}.x_y`,
      env: { GIVEN: "here" },
      secrets: { TOKEN: { env: "TOKEN" } },
      sessions,
    });
  });
  afterAll(() => product.dispose());

  const sh = async (target: string, script: string): Promise<string> => {
    const { stdout, stderr, exitCode } = await product.core.exec(target, { command: ["sh", "-c", script] });
    expect(exitCode, stderr).toBe(0);
    return stdout;
  };
  const states = async (target: string) =>
    Object.fromEntries(
      (await product.core.get(target)).sessions.map(({ name, state, exitCode }) => [
        name,
        exitCode === undefined ? state : `${state} ${exitCode}`,
      ]),
    );
  const settled = {
    one: "running",
    ends: "done 3",
    absent: "done 127",
    lost: "done 1",
    solo: "running",
  };
  const haveSettled = (target: string) =>
    eventually("the sessions", async () => JSON.stringify(await states(target)) === JSON.stringify(settled));
  const expectSeen = async (target: string, path = "/app/seen") => {
    const { PORT } = Object.fromEntries(
      (await sh(target, "env")).split("\n").map((line) => line.split("=")),
    ) as Record<string, string>;
    const expected = `/app\nagent\n${PORT} here /home/agent hush\n${value}\n`;
    // Of a fork, the file of its source is there first.
    await eventually("what it has seen", async () => (await sh(target, `cat ${path} || :`)) === expected);
  };

  it("start with the agent, as its user, in its workspace, with a login's environment", async () => {
    await haveSettled(agent.id);
    await expectSeen(agent.id);
    expect(await sh(agent.id, "cat /app/where")).toBe("/var\n");
    const list = await sh(agent.id, "tmux list-sessions -F '#{session_name}'");
    const stem = `mngr-${agent.name.replaceAll(".", "_")}`;
    expect(list.trim().split("\n").sort()).toEqual(sessions.map(({ name }) => `${stem}-${name}`).sort());
    // A login finds them too.
    const { stdout } = await product.ssh(agent.ssh?.alias ?? "", `tmux capture-pane -p -S - -t ${stem}-lost`);
    expect(stdout).toContain("nowhere");
  });

  it("get their arguments as they were given", async () => {
    const got = (await sh(agent.id, "cat /app/arguments")).split("\0").slice(0, -1);
    expect(got).toEqual(nasty);
    expect(await sh(agent.id, "ls /tmp/pwned 2>&1 || :")).toContain("No such file");
  });

  it("take a Ctrl-C", async () => {
    const name = `mngr-${agent.name.replaceAll(".", "_")}-solo`;
    await sh(agent.id, `tmux send-keys -t ${name} C-c`);
    await eventually("the end of top", async () => (await states(agent.id)).solo?.startsWith("done"));
  });

  it("are in no label but by name, command and folder", async () => {
    const { labels } = await product.engine.inspectContainer(agent.containerId);
    expect(JSON.parse(labels[labelKeys.sessions] ?? "")).toEqual(sessions.map(({ name }) => name));
    expect(JSON.stringify(labels)).not.toContain("night");
    expect(await docker("inspect", agent.containerId)).not.toContain("night");
  });

  it("are told of without a question where it can be, and end and come back with the container", async () => {
    const { core } = product;
    const of = async (id: string) =>
      (await core.list()).find((one) => one.id === id)?.sessions.map(({ state }) => state);
    expect(await of(agent.id)).toEqual(Array(5).fill("unknown"));
    const { stdout } = await core.exec(agent.id, {
      command: ["sh", "-c", "cat /proc/*/comm | grep -c 'tmux: server'"],
    });
    expect(stdout).toBe("1\n");
    await core.stop(agent.id);
    const stopped = await core.get(agent.id);
    expect(stopped).toMatchObject({ state: "stopped", exit: { code: 0 } });
    expect(stopped.sessions.map(({ state }) => state)).toEqual(Array(5).fill("stopped"));
    // Somebody else starts it: the sessions are there, and wait for the secrets.
    await docker("start", agent.containerId);
    await eventually("the waiting sessions", async () => (await states(agent.id)).ends === "running");
    await core.start(agent.id);
    await haveSettled(agent.id);
    await expectSeen(agent.id);
    await sh(agent.id, "tmux kill-server");
    expect(Object.values(await states(agent.id))).toEqual(Array(5).fill("stopped"));
    expect((await core.get(agent.id)).state).toBe("running");
  });

  it("come with forks and restores, also when the source is gone", async () => {
    const { core } = product;
    agent = await core.rename(agent.id, { name: product.name() });
    await core.restart(agent.id);
    // They start one after the other, and a login does not wait for the last.
    await eventually("the last of its sessions, under the new name", async () =>
      (await sh(agent.id, "tmux list-sessions -F '#{session_name}'")).includes(`mngr-${agent.name}-solo`),
    );
    const { id: snapshot } = await core.snapshot(agent.id);
    const [live] = await core.fork(agent.id, { count: 1 });
    await haveSettled(live?.id ?? "");
    await expectSeen(live?.id ?? "");
    const names = await sh(live?.id ?? "", "tmux list-sessions -F '#{session_name}'");
    expect(names).toContain(`mngr-${live?.name.replaceAll(".", "_")}-one`);
    expect(names).not.toContain(`mngr-${agent.name.replaceAll(".", "_")}-one`);
    await sh(agent.id, "rm -f /app/seen /app/arguments");
    await core.restore(agent.id, { snapshot });
    await haveSettled(agent.id);
    await expectSeen(agent.id);
    await core.destroy(agent.id);
    // It is found by the name of the agent that is gone.
    const [orphan] = await core.fork(agent.name, { snapshot });
    const id = orphan?.id ?? "";
    // No secrets: they were known by the source alone.
    await eventually("its sessions", async () => (await states(id)).one === "running");
    const screen = `tmux capture-pane -p -S - -t mngr-${orphan?.name.replaceAll(".", "_")}-one`;
    await eventually("that it says what it waits for", async () =>
      (await sh(id, screen)).replaceAll("\n", "").includes("TOKEN"),
    );
    await core.deleteSnapshot({ snapshot });
  });

  it("cost an agent without them nothing", async () => {
    const plain = await product.core.create({ name: product.name() });
    expect(plain.sessions).toEqual([]);
    expect(await sh(plain.id, "ls /mngr-state")).toBe("agent-id\nssh\nvolumes\n");
    const { stdout } = await product.core.exec(plain.id, { command: ["sh", "-c", "cat /proc/*/comm"] });
    expect(stdout).not.toContain("tmux");
    await product.core.destroy(plain.id);
  });
});
