import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { eventually } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";

let product: Product;
let agent: Agent;

beforeAll(async () => {
  product = await startProduct();
  agent = await product.core.create({
    name: product.name(),
    env: { COLOUR: "green" },
    tags: { team: "infra" },
    command: ["sleep", "infinity"],
    packages: [],
  });
});
afterAll(() => product.dispose());

const sh = async (target: string, script: string): Promise<string> => {
  const { stdout, stderr, exitCode } = await product.core.exec(target, { command: ["sh", "-c", script] });
  expect(exitCode, stderr).toBe(0);
  return stdout.trim();
};

describe("a snapshot", () => {
  it("brings files, /mngr and the environment back in place, with alias and keys", async () => {
    const { core } = product;
    await sh(agent.id, "sudo install -d -o agent /app; echo one > /app/file; echo kept > /mngr/notes");
    const before = await product.ssh(agent.ssh?.alias ?? "", "cat /app/file /mngr/notes; printenv COLOUR");
    expect(before.stdout).toBe("one\nkept\ngreen\n");

    const snapshot = await core.snapshot(agent.id, { name: "first", note: 'a "note"\nwith $lines' });
    expect(snapshot).toMatchObject({ name: "first", note: 'a "note"\nwith $lines', agentId: agent.id });
    expect(snapshot.image).toBe(`mngr-snapshot:${agent.id}-${snapshot.id}`);
    expect(snapshot.excluded).toEqual([]);

    await sh(agent.id, "echo two > /app/file; rm /mngr/notes; touch /mngr/later");
    const restored = await core.restore(agent.id, { snapshot: "first" });
    expect(restored).toMatchObject({ id: agent.id, name: agent.name, ssh: agent.ssh, state: "running" });
    const after = await product.ssh(
      agent.ssh?.alias ?? "",
      "cat /app/file /mngr/*; ls -A /mngr; printenv COLOUR",
    );
    expect(after.stdout).toBe("one\nkept\nnotes\ngreen\n");
    expect((await core.list()).filter(({ id }) => id === agent.id)).toHaveLength(1);
  });

  it("is put back while another client looks: one agent under its name, at every moment", async () => {
    const { core } = product;
    const other = product.another();
    const watching = other.watch();
    await eventually("the agent", () => other.picture.agents.some((row) => row.agent.id === agent.id));
    const seen = new Set<string>();
    const look = (agents: readonly Agent[]) => {
      const own = agents.filter(({ id }) => id === agent.id);
      seen.add(own.map(({ name, state }) => `${name} ${state}`).join("; "));
    };
    const listening = other.onDidChange(({ agents }) => look(agents.map((row) => row.agent)));
    let done = false;
    const restoring = core.restore(agent.id, { snapshot: "first" }).finally(() => (done = true));
    while (!done) look(await other.list());
    await restoring;
    listening.dispose();
    watching.dispose();
    other.dispose();
    // Between the stop of the one and the start of the other it is stopped, for whoever looks just then.
    seen.delete(`${agent.name} stopped`);
    expect(seen).toEqual(new Set([`${agent.name} running`]));
  });

  it("is forked: agents of their own, from the same files", async () => {
    const { core } = product;
    const [snapshot] = await core.listSnapshots({ agentId: agent.id });
    const forks = await core.fork(agent.id, { snapshot: snapshot?.id, count: 2 });
    expect(forks).toHaveLength(2);
    for (const fork of forks) {
      expect(fork.parentId).toBe(agent.id);
      expect(fork.tags).toEqual({ team: "infra" });
      const { stdout } = await product.ssh(
        fork.ssh?.alias ?? "",
        "cat /app/file /mngr/*; printenv COLOUR; printenv PORT",
      );
      expect(stdout).toMatch(/^one\nkept\ngreen\n\d+\n$/);
    }
  });

  it("forks a live agent", async () => {
    const { core } = product;
    await sh(agent.id, "echo live > /app/file");
    const [fork] = await core.fork(agent.id);
    const { stdout } = await product.ssh(fork?.ssh?.alias ?? "", "cat /app/file /mngr/notes");
    expect(stdout).toBe("live\nkept\n");
    expect(await core.listSnapshots({ agentId: agent.id })).toHaveLength(1);
  });

  it("is kept by a destroy, and goes with it where that is asked for", async () => {
    const { core, engine } = product;
    const kept = await core.create({ name: product.name() });
    const snapshot = await core.snapshot(kept.id, { name: "kept" });
    await core.destroy(kept.id);
    expect((await core.listSnapshots({ agentId: kept.id })).map(({ id }) => id)).toEqual([snapshot.id]);
    const [fork] = await core.fork("", { snapshot: snapshot.id });
    const own = await core.snapshot(fork?.id ?? "");
    const refused = core.destroy(fork?.id ?? "", { snapshots: "all" as never });
    await expect(refused).rejects.toMatchObject({ code: "SPEC_INVALID", field: "snapshots" });
    await core.destroy(fork?.id ?? "", { snapshots: "delete" });
    expect(await core.listSnapshots({ agentId: fork?.id })).toEqual([]);
    await expect(engine.inspectImage(own.image)).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
    // Another agent's are left alone.
    expect(await core.listSnapshots({ agentId: kept.id })).toHaveLength(1);
    await core.deleteSnapshot({ snapshot: snapshot.id });
  });
});
