// The commands as another extension calls them: nothing is asked, JSON comes back, failures carry a code.
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { Agent } from "../../src/model/agent.js";
import type { AgentContainersApi } from "../../src/vscode/api.js";
import { commandIds } from "../../src/vscode/ids.js";
import { agentTree, call, destroyAll, freshName, refusal, rowGone, rowWithIcon } from "./product/agents";
import { docker } from "./product/engine";
import { eventually } from "./support/eventually";
import { Workbench } from "./support/workbench";

describe("commands for other programs", () => {
  const name = freshName("api");
  const second = freshName("api");
  let workbench: Workbench;
  let agent: Agent;

  before(async () => {
    workbench = await Workbench.connect();
    await agentTree(workbench);
  });
  after(() => destroyAll([name, second]));

  it("are all there", async () => {
    const there = new Set(await vscode.commands.getCommands(true));
    for (const id of Object.values(commandIds)) assert.ok(there.has(id), `${id} is not registered`);
  });

  it("create from a spec, and give plain JSON", async () => {
    agent = await call<Agent>("create", undefined, { name, tags: { team: "core" }, memory: "512m", cpus: 1 });
    assert.deepEqual(JSON.parse(JSON.stringify(agent)), agent);
    assert.deepEqual([agent.name, agent.state, agent.tags.team], [name, "running", "core"]);
    const [limits] = await docker(
      "inspect",
      "--format",
      "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}}",
      name,
    );
    assert.equal(limits, `1000000000 ${512 * 1024 ** 2}`);
  });

  it("find it by name, id and prefix, and as JSON", async () => {
    for (const target of [name, agent.id, agent.id.slice(0, 16), agent]) {
      assert.equal((await call<Agent>("get", target)).id, agent.id);
    }
    assert.ok((await call<Agent[]>("list")).some(({ id }) => id === agent.id));
    const [health] = await call<{ reachable: boolean; engine: string }[]>("health");
    assert.deepEqual([health?.reachable, health?.engine], [true, process.env.DOCKER_HOST]);
  });

  it("run commands, and tell how they ended", async () => {
    const result = await call("exec", name, { command: ["sh", "-c", "echo out; echo err >&2; exit 3"] });
    assert.deepEqual(result, { exitCode: 3, stdout: "out\n", stderr: "err\n" });
    assert.deepEqual(Object.keys(await call<object>("logs", name, { tail: 5 })), ["stdout", "stderr"]);
  });

  it("refuse what is wrong with a code, and show nothing", async () => {
    // What suites before this one have said.
    const before = await workbench.notifications.messages();
    const codes = await Promise.all(
      [
        call("create", { name: "two words" }),
        call("create", { memory: "lots" }),
        call("create", { nmae: "x" }),
        call("create", { name }),
        call("get", freshName("nobody")),
        call("stop", name, { graceSeconds: -1 }),
        call("openWorkspace", name, { drRun: true }),
        call("openWorkspace", name),
        call("list", undefined, { all: true }),
        call("setTags", name, { tags: { team: "other" } }),
      ].map(async (work) => (await refusal(work)).code),
    );
    assert.deepEqual(codes, [
      ...["SPEC_INVALID", "SPEC_INVALID", "SPEC_INVALID", "NAME_CONFLICT", "NOT_FOUND"],
      ...["SPEC_INVALID", "SPEC_INVALID", "NO_REMOTE_SSH", "SPEC_INVALID", "TAGS_IMMUTABLE"],
    ]);
    const { suggestion } = await refusal(call("create", { name }));
    assert.equal(suggestion, `${name}-2`);
    const said = await workbench.notifications.messages();
    assert.deepEqual(
      said.filter((message) => !before.includes(message)),
      [],
    );
    // A create that was refused may be listed as failed.
    const listed = await call("showFailureLog", name).catch(() => undefined);
    if (listed !== undefined) await call("dismissFailure", name);
  });

  it("stop, start and restart, each time to a login", async () => {
    assert.equal((await call<Agent>("stop", name)).state, "stopped");
    assert.equal((await call<Agent>("stop", name)).state, "stopped");
    assert.equal((await call<Agent>("start", name)).state, "running");
    assert.equal((await call<Agent>("restart", name, { graceSeconds: 2 })).state, "running");
  });

  it("are an API of the extension too, with progress and a signal", async () => {
    const extension = vscode.extensions.getExtension<AgentContainersApi>("agent-containers.agent-containers");
    const api = await extension?.activate();
    assert.ok(api);
    const stages: string[] = [];
    const made = await api.create({ name: second }, { onProgress: ({ stage }) => stages.push(stage) });
    assert.ok(stages.length > 1, stages.join());
    assert.equal((await api.get(made.id)).name, second);
    const stopped = new AbortController();
    stopped.abort();
    assert.equal(
      (await refusal(api.create({ name: freshName("no") }, { signal: stopped.signal }))).code,
      "CANCELLED",
    );
  });

  it("destroy several rows after one question", async () => {
    const tree = await agentTree(workbench);
    for (const one of [name, second]) await rowWithIcon(tree, one, "circle-filled", 30_000);
    await tree.click(name);
    await tree.addToSelection(second);
    await tree.clickInContextMenu(second, "Destroy Agent…");
    assert.match(await workbench.dialog.message(), /Destroy 2 agents/);
    const detail = await workbench.dialog.detail();
    assert.ok(detail.includes(name) && detail.includes(second), detail);
    await workbench.dialog.click("Destroy");
    for (const one of [name, second]) await rowGone(tree, one, 30_000);
    await eventually(async () => assert.deepEqual(await docker("ps", "-aq", "--filter", `name=${name}`), []));
  });

  it("make an agent whose unexpected end is seen at once, in its row and in the status bar", async () => {
    const ended = freshName("api");
    const tree = await agentTree(workbench);
    try {
      await call("create", { name: ended, command: ["sh", "-c", "sleep 2; exit 3"] });
      await rowWithIcon(tree, ended, "error", 30_000, /unexpectedly with code 3/);
      assert.match(await workbench.statusBar.accessibleLabel("agentContainers.status"), /ended unexpectedly/);
      assert.deepEqual(await tree.inlineActions(ended), ["Open Workspace", "Start Agent"]);
    } finally {
      await destroyAll([ended]);
    }
  });

  it("destroy without a question when forced, and again", async () => {
    const third = freshName("api");
    const { id } = await call<Agent>("create", { name: third });
    assert.deepEqual(await call("destroy", third, { force: true }), { id, name: third });
    assert.equal((await refusal(call("get", id))).code, "NOT_FOUND");
  });
});
