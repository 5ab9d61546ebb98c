import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PreparedImage } from "../../src/image/preparedImage.js";
import { eventually } from "../support/collect.js";
import { connectTestEngine, makeAgent, prepareBase } from "../support/preparedAgent.js";
import type { TestAgent } from "../support/preparedAgent.js";

const engine = connectTestEngine();
const agents: TestAgent[] = [];
let image: PreparedImage;

beforeAll(async () => {
  image = await prepareBase(engine);
});
afterEach(async () => {
  for (const agent of agents.splice(0)) await agent.dispose();
});
afterAll(() => engine.dispose());

async function make(options: Parameters<typeof makeAgent>[2] = {}): Promise<TestAgent> {
  const agent = await makeAgent(engine, image, options);
  agents.push(agent);
  return agent;
}

/** How an agent ended, and after how many milliseconds. */
async function stopped(
  agent: TestAgent,
  stop: () => Promise<unknown>,
): Promise<{ code?: number; ms: number }> {
  const began = performance.now();
  await stop();
  await engine.waitContainer(agent.id);
  const ms = performance.now() - began;
  return { code: (await engine.inspectContainer(agent.id)).exit?.code, ms };
}

const onDisk = (agent: TestAgent, path: string) =>
  engine.getArchive(agent.id, path).then(
    (archive) => Boolean(archive.destroy()),
    () => false,
  );

describe("the init of an agent", () => {
  it("leaves no zombie of an orphan", async () => {
    const agent = await make();
    await agent.start();
    const orphaned = 'for i in 1 2 3 4 5; do sh -c "sleep 60 >/dev/null 2>&1 & echo \\$!"; done';
    const orphans = (await agent.exec("sh", "-c", orphaned)).stdout.trim().split("\n");
    const parents = await agent.exec("ps", "-o", "ppid=", "-p", orphans.join(","));
    expect(parents.stdout.split(/\s+/).filter(Boolean)).toEqual(["1", "1", "1", "1", "1"]);
    await agent.exec("kill", ...orphans);
    // A zombie keeps its place in /proc.
    for (const orphan of orphans) {
      await eventually(
        `${orphan} is reaped`,
        async () => (await agent.exec("test", "-e", `/proc/${orphan}`)).code === 1,
      );
    }
  });

  it("ends with 0, long before the grace is over, with sessions and shells open", async () => {
    const agent = await make();
    await agent.start();
    await agent.ssh(
      "tmux new-session -d -s one bash; tmux new-session -d -s two 'sleep 1000'; (nohup sleep 999 &) >/dev/null 2>&1",
    );
    const login = agent.ssh("sleep 1000");
    await eventually("the session", async () => (await agent.exec("pgrep", "-fx", "sleep 1000")).code === 0);
    const { code, ms } = await stopped(agent, () => engine.stopContainer(agent.id, 10));
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3000);
    await login;
  });

  it("ends with 0 when the agent itself ends PID 1", async () => {
    const agent = await make();
    await agent.start();
    const { code } = await stopped(agent, () => agent.ssh("sudo kill 1"));
    expect(code).toBe(0);
  });

  it("lets the command, then the sessions, save their work", async () => {
    const script =
      "trap 'sleep 0.3; tmux ls >/app/sessions; exit 5' TERM; echo ready; while :; do sleep 0.1; done";
    const agent = await make({ body: { Cmd: ["sh", "-c", script] } });
    await agent.start();
    const pane = "trap 'echo >/app/pane; exit' HUP; touch /app/trapped; while :; do sleep 0.1; done";
    await agent.ssh(`tmux new-session -d -s work "${pane}"`);
    await eventually("the pane", () => onDisk(agent, "/app/trapped"));
    const { code } = await stopped(agent, () => engine.stopContainer(agent.id, 10));
    expect(code).toBe(0);
    expect(await onDisk(agent, "/app/pane")).toBe(true);
    expect(await onDisk(agent, "/app/never")).toBe(false);
    await agent.start();
    expect((await agent.exec("cat", "/app/sessions")).stdout).toContain("work: 1 windows");
  });

  it("does not wait for ever for what heeds nothing", async () => {
    const deaf = "trap '' TERM HUP; echo deaf; while :; do sleep 0.1; done";
    const agent = await make({ body: { Cmd: ["sh", "-c", deaf], Env: ["AGENT_CONTAINERS_STOP_SECONDS=3"] } });
    await agent.start();
    const { code, ms } = await stopped(agent, () => engine.stopContainer(agent.id, 20));
    expect(code).toBe(0);
    expect(ms).toBeLessThan(8000);
    expect(await agent.logs()).toContain("the command did not end in time");
  });

  it("runs a command as the agent's user where it belongs, and ends with its exit code", async () => {
    const script = 'id -un; pwd; echo "$HOME $USER $GIVEN"; grep SigIgn /proc/self/status; exit 3';
    const agent = await make({ body: { Cmd: ["sh", "-c", script], Env: ["GIVEN=here"] } });
    const { code } = await stopped(agent, () => engine.startContainer(agent.id));
    expect(code).toBe(3);
    const log = await agent.logs();
    expect(log).toContain("agent\n/app\n/home/agent agent here\n");
    expect(log).toMatch(/SigIgn:\s+0{16}\n/);
  });

  it("brings sshd back after a restart by hand, and after stop and start, with the files", async () => {
    const agent = await make();
    await agent.start();
    const written = await agent.ssh("echo 1 >/app/a; echo 2 >/mngr/b; echo 3 >/tmp/c");
    expect(written).toEqual({ code: 0, stdout: "", stderr: "" });
    const kept = { code: 0, stdout: "1\n2\n3\n", stderr: "" };
    await engine.restartContainer(agent.id, 10);
    await agent.start();
    expect(await agent.ssh("cat /app/a /mngr/b /tmp/c")).toEqual(kept);
    await engine.stopContainer(agent.id, 10);
    await agent.start();
    expect(await agent.ssh("cat /app/a /mngr/b /tmp/c")).toEqual(kept);
  });

  it("starts an sshd that was killed again, and says so", async () => {
    const agent = await make();
    await agent.start();
    const listener = (await agent.exec("pgrep", "-o", "-x", "sshd")).stdout.trim();
    expect(listener).toMatch(/^\d+$/);
    for (let round = 0; round < 2; round++) {
      await agent.exec("pkill", "-KILL", "-x", "sshd");
      await eventually("a login", async () => (await agent.ssh("true")).code === 0);
    }
    expect((await agent.exec("pgrep", "-o", "-x", "sshd")).stdout.trim()).not.toBe(listener);
    expect((await agent.logs()).match(/sshd ended unexpectedly \(exit code 137\)/g)).toHaveLength(2);
  });

  it("waits without sshd when the agent's files are missing, and says so", async () => {
    const agent = await make({ files: false });
    await engine.startContainer(agent.id);
    await eventually("the word", async () =>
      (await agent.logs()).includes("sshd is not started: /mngr-state/ssh/ssh_host_ed25519_key is missing"),
    );
    expect(await agent.logs()).toContain("/mngr is not linked");
    expect((await engine.inspectContainer(agent.id)).status).toBe("running");
    const { code, ms } = await stopped(agent, () => engine.stopContainer(agent.id, 10));
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3000);
  });

  it("points /mngr to the agent's own folder, whatever the image brought along", async () => {
    const agent = await make();
    await agent.start();
    await agent.exec("sh", "-c", "printf other >/mngr-state/agent-id");
    await engine.restartContainer(agent.id, 10);
    await agent.start();
    expect((await agent.exec("readlink", "/mngr")).stdout).toBe("/mngr-state/volumes/other\n");
    for (const id of ["../../etc", ""]) {
      await agent.exec("sh", "-c", `printf '${id}' >/mngr-state/agent-id; rm /mngr`);
      await engine.restartContainer(agent.id, 10);
      await agent.start();
      expect((await agent.exec("test", "-e", "/mngr")).code).toBe(1);
    }
    // The image's own files are not thrown away for it.
    await agent.exec("sh", "-c", "mkdir /mngr; touch /mngr/mine; printf third >/mngr-state/agent-id");
    await engine.restartContainer(agent.id, 10);
    await agent.start();
    expect((await agent.exec("ls", "/mngr")).stdout).toBe("mine\n");
    expect(await agent.logs()).toContain("the image has files there");
  });
});
