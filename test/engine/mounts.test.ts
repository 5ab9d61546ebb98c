import { mkdir, readFile, writeFile, chmod } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AgentSpecInput } from "../../src/model/spec.js";
import { createCore } from "../../src/app/createCore.js";
import { labelKeys } from "../../src/model/labels.js";
import type { Logger } from "../../src/util/log.js";
import { nullLogger } from "../../src/util/log.js";
import { rejection } from "../support/collect.js";
import { engineThings, startProduct, type Product } from "../support/product.js";

describe("an agent with mounts", () => {
  let product: Product;
  let shared: string;

  beforeAll(async () => {
    product = await startProduct();
    shared = join(product.home, "with space, comma");
    await mkdir(shared);
    await chmod(shared, 0o777);
    await writeFile(join(shared, "note"), "from outside");
  });
  afterAll(() => product.dispose());

  const things = () => engineThings(product.engine, product.prefix);

  it("has binds, volumes and tmpfs, as objects and as texts, and keeps what is read-only", async () => {
    const volume = `${product.prefix}-data`;
    const agent = await product.core.create({
      name: product.name(),
      mounts: [
        { type: "bind", source: shared, target: "/shared" },
        { type: "bind", source: "~/with space, comma/note", target: "/etc/the-note", readOnly: true },
        { type: "volume", source: volume, target: "/data" },
        `type=volume,src=${volume},dst=/data-ro,readonly`,
        { type: "tmpfs", target: "/scratch", size: "1m", mode: "1777" },
        `type=bind,"source=${shared}",target=/plain,ro`,
      ],
    });
    try {
      const script = [
        "cat /shared/note /etc/the-note",
        "echo back > /shared/back",
        "sudo sh -c 'echo v > /data/v'; cat /data-ro/v",
        "for f in /etc/the-note /data-ro/x /plain/x; do sudo touch $f 2>&1 || true; done",
        "stat -f -c %T /scratch; stat -c %a /scratch; df -m --output=size /scratch | tail -1",
      ].join("\n");
      const { stdout } = await product.ssh(agent.ssh?.alias ?? "", script);
      expect(stdout).toMatch(/^from outsidefrom outsidev\n/);
      expect(stdout.match(/Read-only file system/g)).toHaveLength(3);
      expect(stdout).toMatch(/tmpfs\n1777\n +1\n$/);
      expect(await readFile(join(shared, "back"), "utf8")).toBe("back\n");
      const { mounts } = await product.engine.inspectContainer(agent.containerId);
      expect(mounts.map(({ type, target }) => `${type} ${target}`).sort()).toEqual([
        "bind /etc/the-note",
        "bind /plain",
        "bind /shared",
        "tmpfs /scratch",
        "volume /data",
        "volume /data-ro",
        "volume /mngr-state",
      ]);
      await product.core.destroy(agent.id);
    } finally {
      await product.engine.removeVolume(volume);
    }
  });

  const cases: [what: string, spec: () => AgentSpecInput, field: string, words: RegExp][] = [
    [
      "a relative source",
      () => ({ mounts: [{ type: "bind", source: "x", target: "/x" }] }),
      "mounts.0.source",
      /absolute/,
    ],
    [
      "a source that is not there",
      () => ({ mounts: [{ type: "bind", source: "~/none", target: "/x" }] }),
      "mounts.0.source",
      /nothing/,
    ],
    ["a bind without a source", () => ({ mounts: ["type=bind,target=/x"] }), "mounts.0.source", /missing/],
    [
      "a relative target",
      () => ({ mounts: [{ type: "tmpfs", target: "x" }] }),
      "mounts.0.target",
      /absolute/,
    ],
    [
      "the agent's volume",
      () => ({ mounts: [{ type: "tmpfs", target: "/mngr-state/ssh/" }] }),
      "mounts.0.target",
      /own volume/,
    ],
    ["/mngr", () => ({ mounts: [{ type: "tmpfs", target: "/mngr" }] }), "mounts.0.target", /own volume/],
    [
      "sshd's folder",
      () => ({ mounts: [{ type: "tmpfs", target: "/var/run/sshd" }] }),
      "mounts.0.target",
      /SSH server/,
    ],
    [
      "a folder over the init",
      () => ({ mounts: [{ type: "tmpfs", target: "/usr/local" }] }),
      "mounts.0.target",
      /init/,
    ],
    [
      "one target twice",
      () => ({ mounts: [{ type: "tmpfs", target: "/a" }, "type=tmpfs,dst=/b/../a/"] }),
      "mounts.1.target",
      /both mounts\.0 and mounts\.1/,
    ],
    [
      "a target of the start arguments too",
      () => ({ mounts: [{ type: "tmpfs", target: "/a" }], startArgs: ["-v", "vol:/a"] }),
      "startArgs",
      /\/a is the target of both/,
    ],
    [
      "a copied workspace",
      () => ({ mounts: [{ type: "tmpfs", target: "/app" }], workspace: { mode: "copy", source: shared } }),
      "mounts.0.target",
      /copied workspace/,
    ],
    [
      "text that is no mount",
      () => ({ mounts: [{ type: "tmpfs", target: "/a" }, "typ=bind"] }),
      "mounts.1",
      /takes the fields/,
    ],
  ];
  it.each(cases)("refuses %s before anything is made", async (_what, spec, field, words) => {
    const error = await rejection(product.core.create({ name: product.name(), ...spec() }));
    expect(error).toMatchObject({ code: "MOUNT_INVALID", field });
    expect(error.message).toMatch(words);
    expect(await things()).toMatchObject({ containers: [], networks: [] });
    expect(await product.sshFiles()).toEqual({});
  });

  it("are not written through by a copied workspace", async () => {
    const source = join(product.home, "project");
    await mkdir(join(source, "data"), { recursive: true });
    await writeFile(join(source, "data", "note"), "of the project");
    await writeFile(join(source, "kept"), "copied");
    const agent = await product.core.create({
      name: product.name(),
      workspace: { mode: "copy", source },
      mounts: [{ type: "bind", source: shared, target: "/app/data/" }],
    });
    const { stdout } = await product.ssh(agent.ssh?.alias ?? "", "cat /app/kept /app/data/note");
    expect(stdout).toBe("copiedfrom outside");
    expect(await readFile(join(shared, "note"), "utf8")).toBe("from outside");
    await product.core.destroy(agent.id);
  });

  it("leaves nothing where the engine has the last word, and names the field", async () => {
    const spec: AgentSpecInput = {
      name: product.name(),
      mounts: [{ type: "tmpfs", target: "/a" }, "type=volume,source=in valid,target=/b"],
    };
    expect(await rejection(product.core.create(spec))).toMatchObject({
      code: "MOUNT_INVALID",
      field: "mounts.1",
    });
    expect(await things()).toMatchObject({ containers: [], networks: [] });
  });

  it("gets the engine's socket only when the spec says so, and then it is said", async () => {
    const warned: string[] = [];
    const log: Logger = { ...nullLogger, warn: (line) => void warned.push(line) };
    const endpoint = product.engine.name;
    const socket = endpoint.replace("unix://", "");
    const core = createCore({
      engine: endpoint,
      env: {},
      homeDir: product.home,
      platform: process.platform,
      plainSsh: false,
      log,
      network: { name: product.prefix },
    });
    try {
      const plain = await core.create({ name: product.name() });
      const agent = await core.create({
        name: product.name(),
        mounts: [{ type: "bind", source: socket, target: "/run/engine.sock" }],
        startArgs: ["--pid=host", "--ipc=host"],
      });
      expect(warned.filter((line) => line.includes(agent.name))).toEqual([
        expect.stringMatching(/can use the Docker engine/),
        expect.stringMatching(/processes of the engine's host/),
        expect.stringMatching(/memory segments/),
      ]);
      const labels = async (id: string) => (await product.engine.inspectContainer(id)).labels;
      expect((await labels(agent.containerId))[labelKeys.hostRights]).toBe("engine-socket,host-pid,host-ipc");
      expect((await labels(plain.containerId))[labelKeys.hostRights]).toBe("");
      for (const { id } of [plain, agent]) await core.destroy(id);
    } finally {
      core.dispose();
    }
  });
});
