import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nastyNames } from "../support/nastyNames.js";
import { startProduct, type Product } from "../support/product.js";

const run = promisify(execFile);
const engine = process.env.AGENT_CONTAINERS_TEST_ENGINE ?? "";
const docker = (...args: string[]) => run("docker", ["-H", engine, ...args]);

let product: Product;
let agent: string;
beforeAll(async () => {
  product = await startProduct();
  agent = product.name();
  await product.core.create({
    name: agent,
    startArgs: ["--tmpfs=/small:size=64k,mode=1777", "--tmpfs=/memory"],
  });
}, 120_000);
afterAll(() => product.dispose());

const write = (path: string, content: string, more: object = {}) =>
  product.core.writeFile(agent, { path, content, ...more });
const read = async (path: string, more: object = {}) =>
  (await product.core.readFile(agent, { path, ...more })).content;
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
  );

/** The agent in each state in which it has files; what runs inside is another way to the same ones. */
const states = {
  running: async () => void (await product.core.start(agent)),
  paused: async () => {
    await product.core.start(agent);
    await product.core.pause(agent);
  },
  stopped: async () => void (await product.core.stop(agent, { graceSeconds: 1 })),
};

describe.each(Object.keys(states) as (keyof typeof states)[])("the files of a %s agent", (state) => {
  const root = `/app/${state}`;
  beforeAll(async () => {
    if (state !== "running") await product.core.resume(agent).catch(() => undefined);
    await states[state]();
    await product.core.makeDirectory(agent, { path: root });
  }, 60_000);

  it("are there under every name", async () => {
    expect(new Set(nastyNames).size).toBe(300);
    const folder = `${root}/names`;
    await product.core.makeDirectory(agent, { path: folder });
    // In a few lanes, as an editor would.
    const lanes = [0, 1, 2, 3].map(async (lane) => {
      for (const [index, name] of nastyNames.entries()) {
        if (index % 4 !== lane) continue;
        const path = `${folder}/${name}`;
        await write(path, `content of ${name}`);
        expect(await read(path), JSON.stringify(name)).toBe(`content of ${name}`);
      }
    });
    await Promise.all(lanes);
    const listed = await product.core.listFiles(agent, { path: folder });
    expect(listed.map(({ name }) => name).sort()).toEqual([...nastyNames].sort());
    for (const { name, kind, sizeBytes } of listed) {
      expect([kind, sizeBytes]).toEqual(["file", Buffer.byteLength(`content of ${name}`)]);
    }
    await product.core.moveFile(agent, {
      path: `${folder}/${nastyNames[0] ?? ""}`,
      to: `${folder}/moved\n'"`,
    });
    expect(await read(`${folder}/moved\n'"`)).toBe(`content of ${nastyNames[0] ?? ""}`);
    await product.core.copyFile(agent, { path: folder, to: `${root}/copied` });
    expect((await product.core.listFiles(agent, { path: `${root}/copied` })).length).toBe(300);
    await product.core.removeFile(agent, { path: folder, recursive: true });
    expect(await codeOf(product.core.listFiles(agent, { path: folder }))).toBe("NOT_FOUND");
  }, 300_000);

  it("hold any bytes, none, and a few MiB", async () => {
    for (const bytes of [Buffer.alloc(0), randomBytes(1000), randomBytes(3 * 2 ** 20 + 1)]) {
      const content = bytes.toString("base64");
      await write(`${root}/bytes`, content, { encoding: "base64" });
      expect(await read(`${root}/bytes`, { encoding: "base64" })).toBe(content);
    }
    expect(await codeOf(read(`${root}/bytes`))).toBe("SPEC_INVALID");
    const left = await product.core.listFiles(agent, { path: root });
    expect(left.filter(({ name }) => name.startsWith(".agent-containers"))).toEqual([]);
  });

  it("keep mode and owner when they are replaced, and get those of the agent when they are new", async () => {
    await write(`${root}/new`, "1");
    await write(`${root}/script`, "#!/bin/sh", { mode: 0o750 });
    await write(`${root}/script`, "#!/bin/sh\ntrue");
    expect(await product.core.statFile(agent, { path: `${root}/script` })).toMatchObject({
      kind: "file",
      mode: 0o750,
      sizeBytes: 14,
    });
    await write(`${root}/deep/er/file`, "x", { parents: true });
    expect(await codeOf(write(`${root}/new`, "2", { overwrite: false }))).toBe("FILE_EXISTS");
    expect(await read(`${root}/new`)).toBe("1");
  });

  it("are refused with a code where they cannot be had", async () => {
    await write(`${root}/file`, "x");
    const { core } = product;
    expect(await codeOf(read(`${root}/none`))).toBe("NOT_FOUND");
    expect(await codeOf(read(root))).toBe("IS_FOLDER");
    expect(await codeOf(write(root, "x"))).toBe("IS_FOLDER");
    expect(await codeOf(write(`${root}/no/parents`, "x"))).toBe("NOT_FOUND");
    expect(await codeOf(core.listFiles(agent, { path: `${root}/file` }))).toBe("NOT_FOLDER");
    expect(["NOT_FOLDER", "NOT_FOUND"]).toContain(await codeOf(write(`${root}/file/below`, "x")));
    expect(await codeOf(core.makeDirectory(agent, { path: `${root}/file` }))).toBe("FILE_EXISTS");
    expect(await codeOf(core.makeDirectory(agent, { path: `${root}/a/b` }))).toBe("NOT_FOUND");
    await core.makeDirectory(agent, { path: `${root}/a/b`, parents: true });
    expect(await codeOf(core.removeFile(agent, { path: `${root}/a` }))).toBe("NOT_EMPTY");
    await core.removeFile(agent, { path: `${root}/a/b` });
    expect(await codeOf(core.removeFile(agent, { path: `${root}/none` }))).toBe("NOT_FOUND");
    expect(await codeOf(core.moveFile(agent, { path: `${root}/none`, to: `${root}/x` }))).toBe("NOT_FOUND");
    expect(await codeOf(core.copyFile(agent, { path: `${root}/file`, to: `${root}/script` }))).toBe(
      "FILE_EXISTS",
    );
    expect(await codeOf(write(`${root}/${"x".repeat(256)}`, "x"))).toBe("SPEC_INVALID");
    expect(await codeOf(write("relative", "x"))).toBe("SPEC_INVALID");
    expect(await codeOf(write("/a\0b", "x"))).toBe("SPEC_INVALID");
    expect(await codeOf(core.removeFile(agent, { path: "/", recursive: true }))).toBe("SPEC_INVALID");
  });
});

describe("files through the other door", () => {
  it("were written whole by a stopped agent, for the agent's own user", async () => {
    await states.running();
    const { stdout } = await docker(
      "exec",
      agent,
      "stat",
      "-c",
      "%U %a",
      "/app/stopped/new",
      "/app/paused/script",
    );
    expect(stdout).toBe("agent 644\nagent 750\n");
  });

  it("follow symlinks, and show them as such", async () => {
    const setUp =
      "cd /app; echo real > real; ln -s real link; ln -s nowhere dangling; ln -s /app dirlink; ln hard real2 2>/dev/null; ln real hard";
    await docker("exec", "-u", "agent", agent, "sh", "-c", setUp);
    for (const state of ["running", "stopped"] as const) {
      await states[state]();
      const entries = await product.core.listFiles(agent, { path: "/app/dirlink" });
      const named = (name: string) => entries.find((entry) => entry.name === name);
      expect(named("link"), state).toMatchObject({ kind: "symlink", linkTarget: "real", targetKind: "file" });
      expect(named("dangling")).toMatchObject({ kind: "symlink", linkTarget: "nowhere" });
      expect(named("dangling")?.targetKind).toBeUndefined();
      expect(named("hard")).toMatchObject({ kind: "file", sizeBytes: named("real")?.sizeBytes });
      await write("/app/link", `through ${state}`);
      expect(await read("/app/real")).toBe(`through ${state}`);
      expect(await product.core.statFile(agent, { path: "/app/link" })).toMatchObject({ kind: "symlink" });
      expect(await product.core.statFile(agent, { path: "/app/link", follow: true })).toMatchObject({
        kind: "file",
      });
    }
  }, 60_000);

  it("what is in memory is there while the agent runs, and refused else, never lost", async () => {
    await states.running();
    // From the second start on runc gives a tmpfs the mode of the folder below it.
    await docker("exec", agent, "chmod", "1777", "/memory");
    await write("/memory/x", "kept in memory");
    expect(await read("/memory/x")).toBe("kept in memory");
    expect(await read("/proc/1/comm")).not.toBe("");
    await states.stopped();
    expect(await codeOf(write("/memory/x", "lost?"))).toBe("UNSUPPORTED");
    expect(await codeOf(read("/proc/1/comm"))).toBe("UNSUPPORTED");
    await states.running();
  }, 60_000);

  it("a full disk and permissions are said, and leave what was there", async () => {
    await docker("exec", agent, "chmod", "1777", "/small");
    await write("/small/old", "old");
    const large = randomBytes(2 ** 20).toString("base64");
    expect(await codeOf(write("/small/old", large, { encoding: "base64" }))).toBe("NO_SPACE");
    expect(await read("/small/old")).toBe("old");
    expect((await product.core.listFiles(agent, { path: "/small" })).map(({ name }) => name)).toEqual([
      "old",
    ]);
    expect(await codeOf(read("/etc/shadow"))).toBe("FORBIDDEN");
    expect(await codeOf(write("/etc/passwd", "x"))).toBe("FORBIDDEN");
    expect(await codeOf(write("/etc/new", "x"))).toBe("FORBIDDEN");
    expect(await codeOf(product.core.listFiles(agent, { path: "/root" }))).toBe("FORBIDDEN");
    expect(await read("/etc/shadow", { user: "root" })).toContain("root:");
    await write("/etc/new", "by root", { user: "root" });
    // A file that Docker mounts cannot be replaced, and is written.
    await write("/etc/hosts", "127.0.0.1 localhost changed\n", { user: "root" });
    expect(await read("/etc/hosts")).toContain("changed");
    expect(await codeOf(product.core.removeFile(agent, { path: "/etc/hosts", user: "root" }))).toBe(
      "FORBIDDEN",
    );
    // Docker mounts it read-only.
    expect(await codeOf(write("/sys/new", "x", { user: "root" }))).toBe("FORBIDDEN");
    expect(await codeOf(write("/sys/kernel/profiling", "0", { user: "root" }))).toBe("FORBIDDEN");
    await write("/proc/self/oom_score_adj", "500");
    // A pipe without a writer would wait for ever.
    await docker("exec", agent, "mkfifo", "/tmp/pipe");
    expect(await codeOf(read("/tmp/pipe"))).toBe("UNSUPPORTED");
  });

  it("a content that breaks off leaves the file as it was", async () => {
    const { Readable } = await import("node:stream");
    for (const state of ["running", "stopped"] as const) {
      await states[state]();
      await write("/app/whole", "whole");
      const broken = () =>
        Readable.from(
          (async function* () {
            yield Buffer.alloc(2 ** 20, 1);
            throw new Error("the source broke");
          })(),
          { objectMode: false },
        );
      const from = { sizeBytes: 4 * 2 ** 20, open: broken };
      expect(await codeOf(product.core.writeFile(agent, { path: "/app/whole" }, { from })), state).not.toBe(
        "done",
      );
      expect(await read("/app/whole")).toBe("whole");
      const names = (await product.core.listFiles(agent, { path: "/app" })).map(({ name }) => name);
      expect(names.filter((name) => name.startsWith(".agent-containers"))).toEqual([]);
    }
  }, 60_000);
});
