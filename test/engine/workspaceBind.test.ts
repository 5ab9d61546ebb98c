import { chmod, chown, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AgentError } from "../../src/model/errors.js";
import { labelKeys } from "../../src/model/labels.js";
import { rejection } from "../support/collect.js";
import { engineThings, startProduct, type Product } from "../support/product.js";

const user = { uid: 4321, gid: 4322 };

describe("a mounted workspace", () => {
  let product: Product;
  let folder: string;
  const mine = async () =>
    (await product.core.list()).filter(({ name }) => name.startsWith(product.prefix)).map(({ id }) => id);

  beforeAll(async () => {
    product = await startProduct({ user });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ac-bind-"));
    await chown(folder, user.uid, user.gid);
    await chmod(folder, 0o755);
  });
  afterEach(async () => {
    for (const id of await mine()) await product.core.destroy(id, { force: true });
    await rm(folder, { recursive: true, force: true });
  });
  afterAll(() => product.dispose());

  const create = (workspace: object = {}, spec: object = {}) =>
    product.core.create({
      name: product.name(),
      workspace: { mode: "bind", source: folder, ...workspace },
      ...spec,
    });
  const shell = async (agent: { ssh: { alias: string } | null }, command: string) =>
    (await product.ssh(agent.ssh?.alias ?? "", command)).stdout;

  it("is the same folder on both sides, and its files have one owner", async () => {
    await writeFile(join(folder, "note"), "from here\n");
    await chown(join(folder, "note"), user.uid, user.gid);
    const agent = await create();
    expect(agent.workspaceFolder).toBe("/app");
    expect(
      await shell(agent, "cd /app && cat note && echo there >> note && mkdir sub && touch sub/x && id -u"),
    ).toBe("from here\n4321\n");
    expect(await readFile(join(folder, "note"), "utf8")).toBe("from here\nthere\n");
    for (const name of ["sub", "sub/x"]) {
      expect(await stat(join(folder, name))).toMatchObject(user);
    }
    await writeFile(join(folder, "late"), "later");
    expect(await shell(agent, "cat /app/late")).toBe("later");
    expect((await product.core.exec(agent.id, { command: ["pwd"] })).stdout).toBe("/app\n");
  });

  it("leaves the agent's user whole: name, home, sudo, its own volume, and so after a restart", async () => {
    const agent = await create({ target: "/work/here" });
    const check =
      "id -un; id -g; id -gn; sudo -n id -u; touch ~/x /mngr/x; stat -c '%U %u:%g' ~ ~/.bashrc /mngr/. ";
    const expected = "agent\n4322\nagent\n0\n" + "agent 4321:4322\n".repeat(3);
    expect(await shell(agent, check)).toBe(expected);
    await product.core.restart(agent.id, { graceSeconds: 3 });
    expect(await shell(agent, check)).toBe(expected);
    expect(await shell(agent, "touch /work/here/y && stat -c %u /work/here/y")).toBe("4321\n");
  });

  it.each([
    ["another user of the image has", { uid: 33, gid: 33 }],
    ["the agent's user has in any case", { uid: 1000, gid: 1000 }],
  ])("takes ids that %s", async (_what, ids) => {
    const other = await startProduct({ user: ids });
    try {
      await chown(folder, ids.uid, ids.gid);
      const agent = await other.core.create({
        name: other.name(),
        workspace: { mode: "bind", source: folder },
      });
      const { stdout } = await other.ssh(agent.ssh?.alias ?? "", "touch /app/x; id -un; sudo -n id -u");
      expect(stdout).toBe("agent\n0\n");
      expect(await stat(join(folder, "x"))).toMatchObject(ids);
    } finally {
      await other.dispose();
    }
  });

  it("takes nothing over that is mounted into the agent's home", async () => {
    const theirs = await mkdtemp(join(tmpdir(), "ac-bind-theirs-"));
    try {
      // The uid that the agent's user had in the image.
      await writeFile(join(theirs, "x"), "");
      for (const path of [theirs, join(theirs, "x")]) await chown(path, 1000, 1000);
      const mounts = ["/home/agent/plain", "/home/agent/with space"].map((target) => ({
        type: "bind" as const,
        source: theirs,
        target,
      }));
      const agent = await create({}, { mounts });
      expect(await shell(agent, "sudo stat -c %u ~ ~/plain '/home/agent/with space/x'")).toBe(
        "4321\n1000\n1000\n",
      );
      for (const path of [theirs, join(theirs, "x")]) expect(await stat(path)).toMatchObject({ uid: 1000 });
    } finally {
      await rm(theirs, { recursive: true, force: true });
    }
  });

  it("of root's leaves the folder's owner its files, where that is somebody", async () => {
    const root = await startProduct({ user: { uid: 0, gid: 0 } });
    try {
      await chown(folder, 1500, 1501);
      const agent = await root.core.create({
        name: root.name(),
        workspace: { mode: "bind", source: folder },
      });
      const { stdout } = await root.ssh(agent.ssh?.alias ?? "", "touch /app/x; id -u");
      expect(stdout).toBe("1500\n");
      expect(await stat(join(folder, "x"))).toMatchObject({ uid: 1500, gid: 1501 });
    } finally {
      await root.dispose();
    }
  });

  it("that the agent's user cannot write is refused with the uid, and nothing is left", async () => {
    const root = await startProduct({ user: { uid: 0, gid: 0 } });
    try {
      await chown(folder, 0, 0);
      await writeFile(join(folder, "package.json"), "{}");
      const spec = { name: root.name(), workspace: { mode: "bind" as const, source: folder } };
      const error = (await rejection(root.core.create(spec))) as AgentError;
      expect(error).toMatchObject({ code: "WORKSPACE_INVALID", field: "workspace.source" });
      expect(error.message).toMatch(/uid 1000.*uid 0/);
      expect(await engineThings(root.engine, root.prefix)).toMatchObject({ containers: [], networks: [] });
      expect(await readdir(folder)).toEqual(["package.json"]);
      // Root itself can.
      const agent = await root.core.create({ ...spec, user: "root" });
      await root.ssh(agent.ssh?.alias ?? "", "touch /app/x");
      expect(await stat(join(folder, "x"))).toMatchObject({ uid: 0 });
    } finally {
      await root.dispose();
    }
  });

  it.each([
    ["missing", () => join(folder, "none"), /does not exist/],
    ["a file", () => join(folder, "file"), /is a file/],
    ["relative", () => "app", /absolute/],
  ])("that is %s is refused before anything is made", async (_what, source, words) => {
    await writeFile(join(folder, "file"), "");
    const error = (await rejection(create({ source: source() }))) as AgentError;
    expect(error).toMatchObject({ code: "WORKSPACE_INVALID", field: "workspace.source" });
    expect(error.message).toMatch(words);
    expect(await engineThings(product.engine, product.prefix)).toMatchObject({
      containers: [],
      networks: [],
    });
    expect(await product.sshFiles()).toEqual({});
  });

  it("is refused over what the agent needs", async () => {
    const error = await rejection(create({ target: "/etc" }));
    expect(error).toMatchObject({ code: "MOUNT_INVALID", field: "workspace.target" });
  });

  it("lies in the live mounts, and its spec in the labels", async () => {
    const agent = await create();
    const facts = await product.engine.inspectContainer(agent.containerId);
    expect(facts.mounts).toContainEqual({ type: "bind", source: folder, target: "/app" });
    expect(JSON.parse(facts.labels[labelKeys.spec] ?? "{}")).toMatchObject({
      workspace: { mode: "bind", source: folder, dependencies: "own" },
    });
  });
});
