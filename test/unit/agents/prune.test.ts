import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AgentContext } from "../../../src/agents/context.js";
import { leftoverKey, pruneLeftovers } from "../../../src/agents/prune.js";
import { initVersion } from "../../../src/image/initFiles.js";
import { AgentError } from "../../../src/model/errors.js";
import { labelKeys, roleLabel } from "../../../src/model/labels.js";
import { snapshotLabel } from "../../../src/model/snapshot.js";
import { generateKeyPair } from "../../../src/ssh/keyPair.js";
import { createFakeEngine, type FakeEngine } from "../../fakes/fakeEngine.js";
import { agentContext } from "../../support/agentContext.js";
import { rejection } from "../../support/collect.js";

const image = "debian:bookworm-slim";
const hour = 3_600_000;

describe("what is left over", () => {
  let home: string;
  let engine: FakeEngine;
  let context: AgentContext;
  let now: number;

  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), "agent-containers-prune-"));
    engine = createFakeEngine();
    now = Date.now() + hour;
    context = agentContext(engine, home, { clock: { now: () => now, sleep: () => Promise.resolve() } });
  });
  afterEach(() => rm(home, { recursive: true, force: true }));

  const labels = (agentId: string) => ({ [labelKeys.agentId]: agentId, [labelKeys.agentName]: agentId });
  const agent = (agentId: string, Image = image) =>
    engine.createContainer(agentId, {
      Image,
      Labels: labels(agentId),
      HostConfig: {
        NetworkMode: "agents",
        Mounts: [
          {
            Type: "volume",
            Source: `agent-containers-${agentId}`,
            Target: "/mngr-state",
            VolumeOptions: { Labels: labels(agentId) },
          },
        ],
      },
    });
  const host = (agentId: string, of = engine.name) =>
    context.ssh.add({
      alias: `ac-${agentId}`,
      agentId,
      engine: of,
      hostName: "127.0.0.1",
      port: 20000,
      user: "agent",
      hostPublicKey: generateKeyPair("").publicKey,
    });
  const record = (agentId: string, of = engine.name) =>
    context.vault.keep({ agentId, engine: of, name: agentId, secrets: { TOKEN: { env: "TOKEN" } } });
  const prune = (wanted: readonly string[] | "all" = []) =>
    pruneLeftovers(context, wanted, { onProgress: () => undefined });

  /** One of each kind that is left, and its like that is used. */
  async function scatter(): Promise<void> {
    await engine.createNetwork({ name: "agents" }, { [roleLabel]: "network" });
    await engine.createNetwork({ name: "unused" }, { [roleLabel]: "network" });
    await engine.createNetwork({ name: "somebody-elses" }, {});
    const prepared = { "agent-containers.prepared.key": "k", [roleLabel]: "prepared" };
    engine.addImage("agent-containers-prepared:now", {
      labels: { ...prepared, "agent-containers.prepared.init": initVersion },
    });
    engine.addImage("agent-containers-prepared:before", {
      labels: { ...prepared, "agent-containers.prepared.init": "older" },
    });
    engine.addImage("agent-containers-prepared:before-and-used", {
      labels: { ...prepared, "agent-containers.prepared.init": "older" },
    });
    await agent("alive", "agent-containers-prepared:before-and-used");
    await engine.createContainer("builder", { Image: image, Labels: { [roleLabel]: "prepare" } });
    const { id } = await agent("dead");
    await engine.removeContainer(id);
    await host("alive");
    await host("dead");
    await host("elsewhere", "unix:///another.sock");
    for (const agentId of ["alive", "dead"]) await record(agentId);
    await record("elsewhere", "unix:///another.sock");
  }

  it("is listed with its reason, and nothing else is", async () => {
    await scatter();
    const { found, removed } = await prune();
    expect(found.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      "container builder",
      "volume agent-containers-dead",
      "network unused",
      "image agent-containers-prepared:before",
      "ssh ac-dead",
      "secrets dead",
    ]);
    expect(found.every(({ why }) => why.endsWith("."))).toBe(true);
    expect(removed).toEqual([]);
  });

  it("is a volume of shared dependencies that no agent uses, with its size", async () => {
    const shared = { [roleLabel]: "dependencies", "agent-containers.folder": "/home/u/shop/vendor" };
    const using = (name: string, Source: string, Labels: Record<string, string>) => {
      const Mounts = [{ Type: "volume" as const, Source, Target: "/x", VolumeOptions: { Labels: shared } }];
      return engine.createContainer(name, { Image: image, Labels, HostConfig: { Mounts } });
    };
    await using("user", "deps-used", labels("user"));
    const { id } = await using("gone", "deps-unused", labels("gone"));
    await engine.removeContainer(id);
    const { found } = await prune();
    expect(found).toMatchObject([{ kind: "volume", name: "deps-unused", sizeBytes: 0 }]);
    expect(found[0]?.why).toContain("/home/u/shop/vendor");
    // An engine that cannot count them just now has them all the same.
    engine.failNext("volumeSizes", new AgentError("ENGINE_FAILED", "Already running."));
    const [uncounted] = (await prune()).found;
    expect(uncounted).not.toHaveProperty("sizeBytes");
    expect((await prune("all")).removed).toHaveLength(1);
    expect((await engine.listVolumes(roleLabel)).map(({ name }) => name)).toEqual(["deps-used"]);
  });

  it("is the state volume where it is empty, and neither an agent nor a snapshot is there to use it", async () => {
    const state = async () =>
      (await prune()).found.filter(({ kind }) => kind === "state").map(({ name }) => name);
    expect(await state()).toEqual([]);
    const { id } = await agent("alive");
    await context.state.update("alive", () => ({ n: 1 }));
    await context.state.update("alive", () => undefined);
    expect(await state()).toEqual([]);
    await engine.removeContainer(id);
    expect(await state()).toEqual(["agent-containers-state"]);
    engine.addImage("mngr-snapshot:gone-01234567", { labels: { [snapshotLabel]: "{}" } });
    expect(await state()).toEqual([]);
    await engine.removeImage("mngr-snapshot:gone-01234567");
    // Nothing is left over because it could not be read.
    engine.failNext("getArchive", new AgentError("ENGINE_FAILED", "Not now."));
    engine.failNext("getArchive", new AgentError("ENGINE_FAILED", "Not now."));
    engine.failNext("getArchive", new AgentError("ENGINE_FAILED", "Not now."));
    engine.failNext("getArchive", new AgentError("ENGINE_FAILED", "Not now."));
    expect(await rejection(prune("all"))).toMatchObject({ code: "ENGINE_FAILED" });
    const { removed } = await prune("all");
    expect(removed.map(({ kind, id }) => `${kind} ${id}`)).toContain("state agent-containers-state");
    expect(await engine.listVolumes(`${roleLabel}=state`)).toEqual([]);
    expect(await engine.listContainers(roleLabel)).toEqual([]);
    expect(await state()).toEqual([]);
  });

  it("of builds is what no agent is made from, first what was prepared from it", async () => {
    const built = (key: string) => ({
      "agent-containers.built.key": key,
      "agent-containers.built.dockerfile": `/home/u/${key}/Dockerfile`,
    });
    const add = (key: string) => {
      const base = engine.addImage(`agent-containers-built:${key}`, {
        labels: { ...built(key), [roleLabel]: "built" },
      });
      const labels = {
        ...built(key),
        [roleLabel]: "prepared",
        "agent-containers.prepared.key": key,
        "agent-containers.prepared.init": initVersion,
        "agent-containers.prepared.base": base.id,
      };
      engine.addImage(`agent-containers-prepared:${key}`, { labels });
      return labels;
    };
    add("unused");
    add("used");
    await agent("alive", "agent-containers-prepared:used");
    const snapshotted = add("snapshotted");
    engine.addImage("snapshot:1", { labels: { ...snapshotted, ...labels("gone") } });
    const { found } = await prune();
    expect(found.map(({ name }) => name)).toEqual([
      "agent-containers-prepared:unused",
      "agent-containers-built:unused",
    ]);
    expect(found[1]?.why).toContain("/home/u/unused/Dockerfile");
    now = Date.now();
    expect((await prune()).found).toEqual([]);
  });

  it("is removed as chosen, or all of it", async () => {
    await scatter();
    const { found } = await prune();
    const [first] = found;
    if (!first) throw new Error("nothing was found");
    expect((await prune([leftoverKey(first)])).removed).toEqual([first]);
    expect((await prune("all")).removed).toHaveLength(5);
    expect((await prune()).found).toEqual([]);
    expect((await context.ssh.list()).map(({ alias }) => alias)).toEqual(["ac-alive", "ac-elsewhere"]);
    expect((await context.vault.list()).map(({ agentId }) => agentId).sort()).toEqual(["alive", "elsewhere"]);
    expect((await engine.listNetworks()).map(({ name }) => name)).toContain("agents");
  });

  it("is not what a create in another process may be making right now", async () => {
    now = Date.now();
    await scatter();
    const { found } = await prune();
    expect(found.map(({ kind }) => kind)).toEqual(["volume", "ssh"]);
  });

  it("keeps the others when one cannot be removed, and says so", async () => {
    await scatter();
    engine.failNext("removeVolume", new AgentError("ENGINE_FAILED", "In use."));
    const { removed, failed } = await prune("all");
    expect(removed).toHaveLength(5);
    expect(failed).toMatchObject([{ kind: "volume", error: { code: "ENGINE_FAILED", message: "In use." } }]);
  });

  it.each(["listContainers", "listVolumes", "listNetworks", "listImages"] as const)(
    "is not judged when %s fails",
    async (method) => {
      await scatter();
      engine.failNext(method, new AgentError("ENGINE_UNREACHABLE", "Gone."));
      expect(await rejection(prune("all"))).toMatchObject({ code: "ENGINE_UNREACHABLE" });
      expect((await prune()).found).toHaveLength(6);
    },
  );
});
