import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { carrierRole } from "../../src/agents/snapshot/keptFiles.js";
import type { Core } from "../../src/app/core.js";
import type { Agent } from "../../src/model/agent.js";
import { labelKeys, roleLabel } from "../../src/model/labels.js";
import {
  isForkBaseReference,
  isUnfinishedReference,
  parseSnapshotRecord,
  snapshotLabel,
  type Snapshot,
} from "../../src/model/snapshot.js";
import { createSshFolder } from "../../src/ssh/sshFolder.js";
import { nullLogger } from "../../src/util/log.js";
import { eventually } from "../support/collect.js";
import { createCrasher, type Crasher } from "../support/crashing.js";
import { startProduct, type Product } from "../support/product.js";
import { testSocketPath } from "../support/testEngine.js";

let product: Product;
let crasher: Crasher;
let agent: Agent;
let snapshot: Snapshot;

beforeAll(async () => {
  crasher = await createCrasher(testSocketPath());
  product = await startProduct({ engine: crasher.engine });
  agent = await product.core.create({ name: product.name() });
  await sh("echo one > /app/file; echo kept > /mngr/notes");
  snapshot = await product.core.snapshot(agent.id, { name: "first" });
});
beforeEach(() => sh("echo two > /app/file; echo more > /mngr/notes"));
afterAll(async () => {
  await product.dispose();
  await crasher.dispose();
});

const sh = async (script: string): Promise<void> => {
  const { exitCode, stderr } = await product.core.exec(agent.id, {
    command: ["sh", "-c", `sudo install -d -o agent /app; ${script}`],
  });
  expect(exitCode, stderr).toBe(0);
};
const read = async (one: Agent) => {
  const { stdout } = await product.ssh(one.ssh?.alias ?? "", "cat /app/file /mngr/notes");
  return stdout.trim().replace("\n", " ");
};
const mine = ({ name, parentId }: Pick<Agent, "name" | "parentId">) =>
  name.startsWith(product.prefix) || parentId === agent.id;

/** The next start of the program: another process of the same user. Gives what is wrong with what it leaves, or "". */
async function nextStart(core: Core): Promise<{ wrong: string; told: readonly string[] }> {
  const { recovered } = await core.prune();
  const told = [...recovered.cleaned, ...recovered.decide];
  const { engine } = product;
  const [containers, carriers, images, volumes] = await Promise.all([
    engine.listContainers(labelKeys.agentId),
    engine.listContainers(`${roleLabel}=${carrierRole}`),
    engine.listImages(snapshotLabel),
    engine.listVolumes(labelKeys.agentId),
  ]);
  const agents = (await core.list()).filter(mine);
  const ids = new Set(agents.map(({ id }) => id));
  const ours = containers.filter(({ labels }) => ids.has(labels[labelKeys.agentId] ?? ""));
  const own = images.filter(({ labels }) => parseSnapshotRecord(labels[snapshotLabel])?.agentId === agent.id);
  const standing = new Set(ours.map(({ labels }) => labels["agent-containers.from-snapshot"]));
  const known = await createSshFolder({ sshDir: `${product.home}/.ssh`, log: nullLogger }).agentIds();
  const wrong = [
    ...agents.filter(({ state }) => state !== "running").map(({ name, state }) => `${name} is ${state}`),
    ...ours
      .filter(({ id }) => !agents.some((one) => one.containerId === id))
      .map(({ name }) => `container ${name}`),
    ...carriers
      .filter(({ labels }) => labels["agent-containers.snapshot-of"] === agent.id)
      .map(({ name }) => `carrier ${name}`),
    ...own.flatMap(({ tags, labels }) =>
      tags.filter(
        (tag) =>
          isUnfinishedReference(tag) ||
          (isForkBaseReference(tag) && !standing.has(parseSnapshotRecord(labels[snapshotLabel])?.id)),
      ),
    ),
    ...volumes
      .filter(({ labels, name }) => {
        const id = labels[labelKeys.agentId] ?? "";
        return (
          seen.has(id) &&
          (!ids.has(id) || !ours.some(({ mounts }) => mounts.some((one) => one.name === name)))
        );
      })
      .map(({ name }) => `volume ${name}`),
    ...known.filter((id) => !ids.has(id)).map((id) => `ssh ${id}`),
    ...[...ids].filter((id) => !known.includes(id)).map((id) => `no ssh ${id}`),
  ];
  for (const id of [...ids, ...known]) seen.add(id);
  for (const { labels } of containers.filter(({ name }) => name.startsWith(product.prefix))) {
    seen.add(labels[labelKeys.agentId] ?? "");
  }
  return { wrong: wrong.join(", "), told };
}
/** Ids of agents that were there at any time: what is left of them is ours. */
const seen = new Set<string>();

/** An engine may finish what it was asked for after nobody waits any more: then the start after that one clears up. */
async function recovered(core: Core, at: string): Promise<void> {
  let found = await nextStart(core);
  for (let more = 0; found.wrong !== "" && more < 20; more += 1) found = await nextStart(core);
  expect(found.wrong, at).toBe("");
}

/** Kills the verb at its first request that changes something, its second, and so on, until it ends by itself. */
async function killEverywhere(
  run: () => Parameters<Crasher["run"]>[0],
  check: (core: Core, at: string) => Promise<void>,
): Promise<number> {
  for (let killAt = 1; ; killAt += 1) {
    const { killed, last, answer } = await crasher.run(run(), { killAt });
    const core = product.another();
    const at = `killed at request ${killAt}, ${last}`;
    await recovered(core, at);
    await check(core, at);
    core.dispose();
    if (!killed) {
      expect(answer?.error).toBeUndefined();
      return killAt;
    }
  }
}
const parts = () => ({ home: product.home, network: product.prefix, target: agent.id });

describe("a program that is killed at any step", () => {
  it("of a snapshot leaves the agent running, and a whole snapshot or none", async () => {
    const kills = await killEverywhere(
      () => ({ ...parts(), verb: "snapshot", request: {} }),
      async (core, at) => {
        expect(await read(agent), at).toBe("two more");
        for (const one of await core.listSnapshots({ agentId: agent.id })) {
          if (one.id === snapshot.id) continue;
          expect(await product.engine.findVolume(`agent-containers-snapshot-${one.id}`), at).toBeDefined();
          await core.deleteSnapshot({ snapshot: one.id });
        }
      },
    );
    expect(kills).toBeGreaterThan(6);
  });

  it("of a restore leaves the agent as before or as after, under its name", async () => {
    const states = new Set<string>();
    const kills = await killEverywhere(
      () => ({ ...parts(), verb: "restore", request: { snapshot: snapshot.id } }),
      async (core, at) => {
        const now = await read(await core.get(agent.id));
        expect(["two more", "one kept"], at).toContain(now);
        expect((await core.get(agent.id)).name).toBe(agent.name);
        states.add(now);
        await sh("echo two > /app/file; echo more > /mngr/notes");
      },
    );
    expect(kills).toBeGreaterThan(10);
    expect(states.size).toBe(2);
  });

  it("of a restore leaves the agent running, too, where the engine goes on stopping it", async () => {
    const name = product.name();
    const slow = "trap 'sleep 2; exit' TERM; while :; do sleep 0.1; done";
    const slowly = await product.core.create({ name, command: ["sh", "-c", slow] });
    const { id } = await product.core.snapshot(slowly.id);
    const request = { snapshot: id };
    await crasher.run({ ...parts(), target: slowly.id, verb: "restore", request }, { killAt: "/stop" });
    const core = product.another();
    await recovered(core, "killed at the stop");
    // For as long as that stop would have taken.
    await new Promise((passed) => setTimeout(passed, 4_000));
    expect((await core.get(slowly.id)).state).toBe("running");
    await core.destroy(slowly.id, { force: true, snapshots: "delete" });
    core.dispose();
  });

  it("of a fork of a live agent leaves whole forks or none, and the agent running", async () => {
    const kills = await killEverywhere(
      () => ({ ...parts(), verb: "fork", request: { count: 2 } }),
      async (core, at) => {
        expect(await read(agent), at).toBe("two more");
        expect(await core.listSnapshots({ agentId: agent.id })).toHaveLength(1);
        for (const fork of (await core.list()).filter(({ parentId }) => parentId === agent.id)) {
          expect(await read(fork), at).toBe("two more");
          await core.destroy(fork.id, { force: true });
        }
      },
    );
    expect(kills).toBeGreaterThan(14);
  });

  it("of a comparison leaves nothing of it", async () => {
    const kills = await killEverywhere(
      () => ({ ...parts(), verb: "compareSnapshot", request: { snapshot: snapshot.id } }),
      async (core, at) => {
        expect(await read(agent), at).toBe("two more");
        const { files } = await core.compareSnapshot({ snapshot: snapshot.id });
        expect(files.map(({ path }) => path)).toEqual(["/app/file", "/mngr/notes"]);
      },
    );
    expect(kills).toBeGreaterThan(2);
  });

  it("of a create leaves an agent that takes a login, or nothing", async () => {
    const name = product.name();
    const kills = await killEverywhere(
      () => ({ ...parts(), verb: "create", request: { name } }),
      async (core, at) => {
        const made = (await core.list()).find((one) => one.name === name);
        if (!made) return;
        expect((await product.ssh(made.ssh?.alias ?? "", "echo in")).stdout, at).toBe("in\n");
        await core.destroy(made.id, { force: true });
      },
    );
    expect(kills).toBeGreaterThan(2);
  });

  it("of a destroy leaves the agent as it was, or nothing of it", async () => {
    const name = product.name();
    let victim: Agent | undefined;
    const makeVictim = async () => (victim ??= await product.core.create({ name }));
    await makeVictim();
    const kills = await killEverywhere(
      () => ({ ...parts(), verb: "destroy", target: name, request: {} }),
      async (core, at) => {
        // The engine may be in the middle of the removal.
        const left = await eventually(at, async () => {
          const found = (await core.list()).find((one) => one.name === name);
          if (!found) return { gone: true };
          const login = product.ssh(found.ssh?.alias ?? "", "echo in");
          return login.then(
            () => ({ gone: false }),
            () => undefined,
          );
        });
        await recovered(core, at);
        if (left.gone) victim = undefined;
        await makeVictim();
      },
    );
    expect(kills).toBeGreaterThan(1);
    await product.core.destroy(name, { force: true });
  });
});

describe("two programs at once", () => {
  type Run = Parameters<Crasher["run"]>[0];
  const both = async (...runs: [Run, Run]) => {
    const [a, b] = await Promise.all(runs.map((run) => crasher.run(run)));
    const ended = [a, b].map((one) => one?.answer?.error?.code ?? "done");
    const core = product.another();
    await recovered(core, ended.join(" and "));
    return { ended, core };
  };

  it("both snapshot: each has a whole one, or hears that the other is at it", async () => {
    const { ended, core } = await both(
      { ...parts(), verb: "snapshot", request: { name: "a" } },
      { ...parts(), verb: "snapshot", request: { name: "b" } },
    );
    expect(ended).toContain("done");
    for (const one of ended) expect(["done", "BUSY"]).toContain(one);
    const taken = (await core.listSnapshots({ agentId: agent.id })).filter(({ id }) => id !== snapshot.id);
    expect(taken).toHaveLength(ended.filter((one) => one === "done").length);
    for (const { id } of taken) await core.deleteSnapshot({ snapshot: id });
    expect(await read(agent)).toBe("two more");
    core.dispose();
  });

  it("both restore: one wins, and the other hears it", async () => {
    const { ended, core } = await both(
      { ...parts(), verb: "restore", request: { snapshot: snapshot.id } },
      { ...parts(), verb: "restore", request: { snapshot: snapshot.id } },
    );
    expect(ended).toContain("done");
    for (const one of ended) expect(["done", "BUSY", "NOT_FOUND"]).toContain(one);
    expect(await read(await core.get(agent.id))).toBe("one kept");
    core.dispose();
  });

  it("both rename: the last one counts, and a name is given once", async () => {
    const [first, second] = [product.name(), product.name()];
    const { ended, core } = await both(
      { ...parts(), verb: "rename", request: { name: first } },
      { ...parts(), verb: "rename", request: { name: second } },
    );
    expect(ended).toEqual(["done", "done"]);
    expect([first, second]).toContain((await core.get(agent.id)).name);
    const other = await core.create({ name: product.name() });
    const name = product.name();
    const same = await both(
      { ...parts(), verb: "rename", request: { name } },
      { ...parts(), target: other.id, verb: "rename", request: { name } },
    );
    expect(same.ended.sort()).toEqual(["NAME_CONFLICT", "done"]);
    await core.destroy(other.id, { force: true });
    agent = await core.rename(agent.id, { name: product.name() });
    core.dispose();
  });

  it("one renames while the other restores: the new name stays", async () => {
    const name = product.name();
    const { ended, core } = await both(
      { ...parts(), verb: "restore", request: { snapshot: snapshot.id } },
      { ...parts(), verb: "rename", request: { name } },
    );
    expect(ended[0]).toBe("done");
    expect(["done", "NOT_FOUND"]).toContain(ended[1]);
    const now = (await core.get(agent.id)).name;
    expect(now).toBe(ended[1] === "done" ? name : agent.name);
    agent = await core.rename(agent.id, { name: product.name() });
    core.dispose();
  });

  it.each(["snapshot", "fork", "restore"] as const)(
    "one destroys while the other does a %s: nothing half is left",
    async (verb) => {
      const victim = await product.core.create({ name: product.name() });
      await product.core.exec(victim.id, { command: ["sh", "-c", "echo kept > /mngr/notes"] });
      const saved = await product.core.snapshot(victim.id);
      const request = { snapshot: { name: "late" }, fork: {}, restore: { snapshot: saved.id } }[verb];
      // In the middle: the other one is at its fourth request.
      let destroying: Promise<unknown> | undefined;
      const other = product.another();
      const late = await crasher.run(
        { ...parts(), target: victim.id, verb, request },
        {
          onRequest: (_request, count) => {
            if (count === 4) destroying = other.destroy(victim.id, { force: true });
          },
        },
      );
      expect(destroying).toBeDefined();
      await destroying;
      await recovered(other, verb);
      expect(["done", "NOT_FOUND", "BUSY"]).toContain(late.answer?.error?.code ?? "done");
      expect((await other.list()).filter(({ id }) => id === victim.id)).toEqual([]);
      for (const fork of (await other.list()).filter(({ parentId }) => parentId === victim.id)) {
        await other.destroy(fork.id, { force: true });
      }
      for (const { id } of await other.listSnapshots({ agentId: victim.id })) {
        await other.deleteSnapshot({ snapshot: id });
      }
      other.dispose();
    },
  );
});
