import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { main } from "../../src/app/commandLine.js";
import { renderEndpoint } from "../../src/model/endpoint.js";
import { labelKeys } from "../../src/model/labels.js";
import { tarOf } from "../contract/rig.js";
import { collector } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";
import { baseImage, testEndpoint, uniqueName } from "../support/testEngine.js";

const hex = () => uniqueName("").replaceAll("-", "").padEnd(32, "0");

/** A host of mngr as the real one leaves it (research/mngr 1.2, 1.5): recorded, because PyPI may be away. */
const mngrLabels = (hostId: string, name: string) => ({
  "com.imbue.mngr.host-id": hostId,
  "com.imbue.mngr.host-name": name,
  "com.imbue.mngr.provider": "docker",
  "com.imbue.mngr.tags": "{}",
});
const mngrRecord = (hostId: string, name: string) =>
  JSON.stringify({
    certified_host_data: { host_id: hostId, host_name: name, stop_reason: "STOPPED", a_new_key: [1] },
    ssh_host: "127.0.0.1",
    ssh_port: 1,
    config: null,
  });

describe("containers that others made, and labels of anybody", () => {
  let product: Product;
  const ids: string[] = [];
  const container = async (Labels: Record<string, string>, start = false) => {
    const name = product.name();
    const body = {
      Image: baseImage,
      Cmd: ["sleep", "60"],
      Labels,
      HostConfig: { NetworkMode: "none", Init: true },
    };
    const { id } = await product.engine.createContainer(name, body);
    ids.push(id);
    if (start) await product.engine.startContainer(id);
    return { id, name };
  };
  const cli = async (...args: string[]) => {
    const [stdout, stderr] = [collector(), collector()];
    const status = await main({
      args: [...args, "--engine", renderEndpoint(testEndpoint())],
      env: { HOME: product.home },
      platform: process.platform,
      stdin: new PassThrough(),
      stdout: stdout.stream,
      stderr: stderr.stream,
      onInterrupt: () => undefined,
    });
    return { status, stdout: stdout.text(), stderr: stderr.text() };
  };

  beforeAll(async () => {
    product = await startProduct();
  });
  afterAll(async () => {
    for (const id of ids) await product.engine.removeContainer(id);
    await product.dispose();
  });

  it("mngr's host: its name from mngr's own record, and what can be done with it", async () => {
    const hostId = `host-${hex()}`;
    const host = await container(mngrLabels(hostId, "old-name"), true);
    const keeper = await container({
      "com.imbue.mngr.type": "state-container",
      "com.imbue.mngr.provider": "docker",
    });
    await product.engine.putArchive(
      keeper.id,
      "/",
      await tarOf(`mngr-state/host_state/${hostId}.json`, mngrRecord(hostId, "new-name")),
    );
    const { core } = product;
    const listed = await core.list({ foreign: true });
    expect(listed.filter(({ containerId }) => containerId === keeper.id)).toEqual([]);
    expect(listed.find(({ containerId }) => containerId === host.id)).toMatchObject({
      id: hostId,
      name: "new-name",
      managedBy: "mngr",
      state: "running",
      ssh: null,
    });
    expect((await core.list()).some(({ containerId }) => containerId === host.id)).toBe(false);
    expect(await core.exec(hostId, { command: ["echo", "hi"] })).toMatchObject({ stdout: "hi\n" });
    expect((await core.pause(hostId)).state).toBe("paused");
    expect((await core.resume(hostId)).state).toBe("running");
    await core.stop(hostId, { graceSeconds: 1 });
    expect((await core.get(hostId)).stateReason).toContain("mngr says: STOPPED");
    const stages: string[] = [];
    const started = await core.start(hostId, { onProgress: ({ stage }) => stages.push(stage) });
    expect(started.state).toBe("running");
    expect(stages.join()).toContain("mngr start");
    for (const refused of [
      () => core.destroy(hostId),
      () => core.rename(hostId, { name: "other" }),
      () => core.open(hostId),
      () => core.setTags(hostId, { tags: {} }),
    ])
      await expect(refused()).rejects.toMatchObject({ code: "UNSUPPORTED" });
    expect((await product.engine.inspectContainer(keeper.id)).status).toBe("created");
    expect((await cli("list", "--foreign")).stdout).toContain("new-name");
  });

  it("stands in the live picture beside ours, true by events, while somebody wants to see it", async () => {
    const core = product.another();
    const watching = core.watch();
    const hostId = `host-${hex()}`;
    const host = await container(mngrLabels(hostId, "borrowed"), true);
    const shown = () => core.picture.foreign?.find(({ agent }) => agent.containerId === host.id)?.agent.state;
    await expect.poll(() => core.picture.engines.map(({ link }) => link.kind)).toEqual(["live"]);
    expect(core.picture.foreign).toEqual([]);
    const others = core.watchForeign();
    await expect.poll(shown, { timeout: 10_000 }).toBe("running");
    await product.engine.pauseContainer(host.id);
    await expect.poll(shown, { timeout: 10_000 }).toBe("paused");
    // By the id of its container, as the tree means it.
    expect((await core.resume(host.id)).state).toBe("running");
    await expect.poll(shown, { timeout: 10_000 }).toBe("running");
    await product.engine.stopContainer(host.id, 1);
    await expect.poll(shown, { timeout: 10_000 }).toMatch(/stopped|exited/);
    expect(core.picture.agents.some(({ agent }) => agent.containerId === host.id)).toBe(false);
    others.dispose();
    expect(core.picture.foreign).toEqual([]);
    watching.dispose();
  });

  it("openlattice's node is what it is", async () => {
    const { id } = await container({ "openlattice.managed": "true", "openlattice.node-id": `node-${hex()}` });
    const listed = await product.core.list({ foreign: true });
    expect(listed.find(({ containerId }) => containerId === id)).toMatchObject({
      managedBy: "openlattice",
      state: "failed",
    });
  });

  it("labels of anybody give entries with a reason, and nothing that a terminal obeys", async () => {
    const evil = "\u001b]0;owned\u0007\n[x](command:y) \u202e$(command:z) %s";
    const sets: Record<string, Record<string, string>> = {
      "no JSON": { [labelKeys.agentId]: `agent-${hex()}`, [labelKeys.agentName]: "x", [labelKeys.tags]: "{" },
      "a path": { [labelKeys.agentId]: "../../../x", [labelKeys.agentName]: "x" },
      nothing: { [labelKeys.agentId]: "" },
      escapes: { [labelKeys.agentId]: evil, [labelKeys.agentName]: evil },
    };
    for (const labels of Object.values(sets)) await container(labels);
    const loud = await container({
      [labelKeys.agentId]: `agent-${hex()}`,
      [labelKeys.agentName]: evil,
      [labelKeys.tags]: JSON.stringify({ [evil]: evil }),
      "agent-containers.image": evil,
      [labelKeys.parentId]: evil,
    });
    const mine = (await product.core.list()).filter(({ containerId }) => ids.includes(containerId));
    expect(mine).toHaveLength(5);
    expect(mine.filter(({ state }) => state === "invalid")).toHaveLength(4);
    for (const { state, stateReason } of mine)
      if (state === "invalid") expect(stateReason).toContain("cannot be read: the label");
    for (const args of [["list"], ["get", loud.name]]) {
      const { status, stdout } = await cli(...args);
      expect(status).toBe(0);
      // eslint-disable-next-line no-control-regex -- they are what it looks for
      expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
    }
    const before = await product.sshFiles();
    for (const { containerId } of mine) await product.core.destroy(containerId);
    expect(await product.sshFiles()).toEqual(before);
    expect((await product.core.list()).filter(({ containerId }) => ids.includes(containerId))).toEqual([]);
  });

  it("a copy that carries an agent's id is told apart, and its removal takes nothing of the agent's", async () => {
    const { core } = product;
    const agent = await core.create({ name: product.name() });
    const { labels } = await product.engine.inspectContainer(agent.containerId);
    const copy = await container({ ...labels });
    await expect(core.get(agent.id)).rejects.toMatchObject({ code: "AMBIGUOUS" });
    expect((await core.get(copy.id)).containerId).toBe(copy.id);
    await core.destroy(copy.id);
    expect((await product.ssh(agent.ssh?.alias ?? "", "echo in")).stdout).toBe("in\n");
  });

  it("another client sees who stopped an agent, and a destroy takes the record away", async () => {
    const { core } = product;
    const agent = await core.create({ name: product.name() });
    await core.stop(agent.id);
    await core.settled();
    expect((await product.another().get(agent.id)).stateReason).toBe("Stopped by Agent Containers.");
    const watcher = product.another();
    const watching = watcher.watch();
    const reason = () =>
      watcher.picture.agents.find((row) => row.agent.id === agent.id)?.agent.stateReason ?? "not listed";
    await expect.poll(reason, { timeout: 20_000 }).toBe("Stopped by Agent Containers.");
    watching.dispose();
    // The next end is another one, which nobody of ours asked for.
    await product.engine.startContainer(agent.containerId);
    await product.engine.stopContainer(agent.containerId, 10);
    expect((await product.another().get(agent.id)).stateReason).not.toContain("Agent Containers");
    await core.destroy(agent.id);
    await core.settled();
    const { createStateVolume } = await import("../../src/storage/stateVolume.js");
    const { systemClock } = await import("../../src/util/clock.js");
    const { nullLogger } = await import("../../src/util/log.js");
    const state = createStateVolume({ engine: product.engine, clock: systemClock, log: nullLogger });
    expect((await state.read()).has(agent.id)).toBe(false);
  });
});
