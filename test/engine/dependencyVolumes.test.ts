import { chown, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { labelKeys, roleLabel } from "../../src/model/labels.js";
import { rejection } from "../support/collect.js";
import { startProduct, type Product } from "../support/product.js";

const user = { uid: 4321, gid: 4321 };

describe("the dependencies of a mounted workspace", () => {
  let product: Product;
  let root: string;

  beforeAll(async () => {
    product = await startProduct({ user });
  });
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "ac-deps-"));
    await chown(root, user.uid, user.gid);
  });
  afterEach(async () => {
    const agents = (await product.core.list()).filter(({ name }) => name.startsWith(product.prefix));
    for (const { id } of agents) await product.core.destroy(id, { force: true });
    for (const { name } of await volumes()) await product.engine.removeVolume(name);
    await rm(root, { recursive: true, force: true });
  });
  afterAll(() => product.dispose());

  const files = async (names: Record<string, string>) => {
    for (const [name, text] of Object.entries(names)) {
      await mkdir(join(root, name, ".."), { recursive: true });
      await writeFile(join(root, name), text);
    }
  };
  /** Of this folder, whichever agent's. */
  const volumes = async () =>
    (await product.engine.listVolumes(`${roleLabel}=dependencies`)).filter(({ labels }) =>
      labels["agent-containers.folder"]?.startsWith(root),
    );
  const create = (workspace: object = {}, spec: object = {}) =>
    product.core.create({
      name: product.name(),
      workspace: { mode: "bind", source: root, ...workspace },
      ...spec,
    });
  const shell = async (agent: Agent, command: string) =>
    (await product.ssh(agent.ssh?.alias ?? "", command)).stdout;

  it.each([
    ["Node", { "package.json": "{}" }, "node_modules"],
    ["Python", { "requirements.txt": "" }, ".venv"],
    ["Python with a venv", { "pyproject.toml": "", "venv/old": "" }, "venv"],
    ["PHP", { "composer.json": "{}" }, "vendor"],
  ])("of a %s project are the agent's own, and not on the host", async (_what, given, dir) => {
    await files(given);
    const before = await readdir(root);
    const agent = await create();
    // What a package manager does: folders, files, links, an executable.
    expect(
      await shell(
        agent,
        `cd /app/${dir} && ls -A && mkdir -p x/.bin && echo 1 > x/index && ln -s ../index x/.bin/x && stat -c %U:%G . x`,
      ),
    ).toBe("agent:agent\nagent:agent\n");
    expect((await readdir(root)).sort()).toEqual([...new Set([...before, dir])].sort());
    expect(await readdir(join(root, dir))).toEqual(before.includes(dir) ? ["old"] : []);
    if (!before.includes(dir)) expect(await lstat(join(root, dir))).toMatchObject(user);

    await product.core.restart(agent.id, { graceSeconds: 3 });
    expect(await shell(agent, `cat /app/${dir}/x/.bin/x`)).toBe("1\n");
    const [volume] = await volumes();
    expect(volume?.labels).toMatchObject({ [labelKeys.agentId]: agent.id, [roleLabel]: "dependencies" });
    expect(volume?.name).toMatch(/^agent-containers-deps-.*-agent-[0-9a-f]{32}-[a-z_.]+$/);
    await product.core.destroy(agent.id);
    expect(await volumes()).toEqual([]);
  });

  it("that are shared outlive their agents, also one that was removed by hand, and prune offers them then", async () => {
    await files({ "package.json": "{}", "composer.json": "{}" });
    const first = await create({ dependencies: "shared" });
    await shell(first, "echo one > /app/node_modules/one; echo php > /app/vendor/x");
    const second = await create({ dependencies: "shared" });
    expect(await shell(second, "cat /app/node_modules/one && echo two > /app/node_modules/two")).toBe(
      "one\n",
    );
    expect(await volumes()).toHaveLength(2);

    await product.core.destroy(first.id);
    expect(await shell(second, "ls /app/node_modules")).toBe("one\ntwo\n");
    const { found } = await product.core.prune();
    const ours = async () => (await volumes()).map(({ name }) => name).sort();
    const offered = (list: typeof found) =>
      list.filter(({ name }) => name.includes(`-deps-`) && name.includes(root.slice(-6).toLowerCase()));
    expect(offered(found)).toEqual([]);
    // As `docker rm` does.
    await product.engine.removeContainer(second.containerId);
    const third = await create({ dependencies: "shared" });
    expect(await shell(third, "ls /app/node_modules; cat /app/vendor/x; stat -c %u /app/vendor")).toBe(
      "one\ntwo\nphp\n4321\n",
    );
    await product.core.destroy(third.id);
    const later = offered((await product.core.prune()).found);
    expect(later.map(({ name }) => name).sort()).toEqual(await ours());
    expect(later[0]?.why).toContain("no agent uses them");
    expect(later.every(({ sizeBytes }) => typeof sizeBytes === "number")).toBe(true);
    const remove = later.map(({ kind, id }) => `${kind}:${id}`);
    expect((await product.core.prune({ remove })).failed).toEqual([]);
    expect(await ours()).toEqual([]);
  });

  it("are found in the members of a workspace, and stay on the host when told so", async () => {
    await files({
      "package.json": '{"workspaces": ["packages/*", "tools"]}',
      "packages/a/package.json": "{}",
      "packages/none/README": "",
      "tools/package.json": "{}",
    });
    for (const dir of ["packages/a", "tools"]) await chown(join(root, dir), user.uid, user.gid);
    const agent = await create();
    expect(
      await shell(agent, "cd /app && for d in . packages/a tools; do echo > $d/node_modules/x; done"),
    ).toBe("");
    for (const dir of [".", "packages/a", "tools"]) {
      expect(await readdir(join(root, dir, "node_modules"))).toEqual([]);
    }
    const plain = await create({ dependencies: "none" });
    await shell(plain, "echo 1 > /app/node_modules/here");
    expect(await readdir(join(root, "node_modules"))).toEqual(["here"]);
  });

  it("yield to a mount of the user's at the same place, and a create that fails leaves no folder", async () => {
    await files({ "package.json": "{}", "composer.json": "{}" });
    const failed = await rejection(create({}, { command: ["sh", "-c", "exit 3"] }));
    expect(failed).toMatchObject({ code: "START_FAILED" });
    expect((await readdir(root)).sort()).toEqual(["composer.json", "package.json"]);
    expect(await volumes()).toEqual([]);
    const agent = await create({}, { mounts: [{ type: "tmpfs", target: "/app/node_modules", size: "1m" }] });
    expect(await shell(agent, "stat -f -c %T /app/node_modules")).toBe("tmpfs\n");
    expect((await volumes()).map(({ labels }) => labels["agent-containers.folder"])).toEqual([
      join(root, "vendor"),
    ]);
  });
});
