import { chmod, mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { PreparedImage } from "../../src/image/preparedImage.js";
import { nullLogger } from "../../src/util/log.js";
import { packFolder } from "../../src/workspace/copyWorkspace.js";
import type { CopyOptions } from "../../src/workspace/copyWorkspace.js";
import { connectTestEngine, makeAgent, prepareBase, run } from "../support/preparedAgent.js";
import type { TestAgent } from "../support/preparedAgent.js";

const engine = connectTestEngine();
let image: PreparedImage;
let root: string;
let agent: TestAgent | undefined;

beforeAll(async () => {
  image = await prepareBase(engine);
});
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ac-workspace-"));
});
afterEach(async () => {
  await agent?.dispose();
  agent = undefined;
  await rm(root, { recursive: true });
});
afterAll(() => engine.dispose());

const options = (): CopyOptions => ({ target: "/app", uid: image.uid, gid: image.gid, log: nullLogger });

// Type, mode, time in seconds, size of files, link target, name; then the hash of each file. NUL ends a record.
const listing = `cd "$0" && { find . -mindepth 1 \\( -type f -printf '%y %m %Ts %s %p\\0' -o -printf '%y %m %Ts %l %p\\0' \\) | sort -z
  find . -type f -print0 | sort -z | xargs -0 sha256sum -z; }`;

describe("a copied workspace", () => {
  it("is the same inside, byte for byte and name for name, and the agent's own", async () => {
    const names = [
      "with space",
      "quo'te\"$(x)`",
      "new\nline",
      "ünï-日本-🙂",
      "back\\slash",
      "-dash",
      " lead",
      "x".repeat(255),
    ];
    for (const name of names) await writeFile(join(root, name), `content of ${name}`);
    const deep = join(root, "d".repeat(200), "ü".repeat(100), "e".repeat(90));
    await mkdir(deep, { recursive: true });
    await writeFile(join(deep, "f"), Buffer.from([0, 255, 10, 13, 0]));
    await mkdir(join(root, "empty", "nested"), { recursive: true });
    await chmod(join(root, "empty"), 0o555);
    await writeFile(join(root, "tool"), "#!/bin/sh\n");
    await chmod(join(root, "tool"), 0o750);
    await writeFile(join(root, "zero"), "");
    await writeFile(join(root, "large"), Buffer.alloc(5_000_001, "0123456789"));
    for (const [name, target] of [
      ["up", "../../etc/ü"],
      ["absolute", "/etc/passwd"],
      ["long", "l".repeat(300)],
    ] as const) {
      await symlink(target, join(root, name));
    }
    const old = new Date("2001-02-03T04:05:06Z");
    await utimes(join(root, "tool"), old, old);
    await utimes(join(root, "empty", "nested"), old, old);

    agent = await makeAgent(engine, image, { folder: { source: root, options: options() } });
    await agent.start();
    const here = await run("bash", ["-c", listing, root]);
    const there = await agent.exec("bash", "-c", listing, "/app");
    // The times of links are the one thing that a tar of Docker's does not bring over everywhere.
    const comparable = (text: string) => text.split("\0").map((line) => line.replace(/^(l \d+) \d+/, "$1"));
    expect(there.stderr).toBe("");
    expect(comparable(there.stdout)).toEqual(comparable(here.stdout));
    expect(comparable(here.stdout).length).toBeGreaterThan(30);
    const foreign = await agent.exec("find", "/app", "!", "(", "-user", "agent", "-group", "agent", ")");
    expect(foreign.stdout).toBe("");
    expect((await agent.ssh("echo more >>/app/zero && cat /app/zero")).stdout).toBe("more\n");
  });

  it("is a repository that git takes for clean, ignored files left out", async () => {
    const git = (...args: string[]) =>
      run("git", ["-C", root, "-c", "user.name=t", "-c", "user.email=t@t", ...args]);
    await git("init", "-q");
    await writeFile(join(root, ".gitignore"), "*.log\nnode_modules/\n");
    await writeFile(join(root, "kept.log"), "tracked");
    await writeFile(join(root, "main.c"), "int main;");
    await git("add", "-f", ".gitignore", "kept.log", "main.c");
    expect((await git("commit", "-q", "-m", "first")).code).toBe(0);
    await mkdir(join(root, "node_modules"));
    await writeFile(join(root, "node_modules", "x"), "");
    await writeFile(join(root, "other.log"), "");
    await writeFile(join(root, "new.c"), "");

    agent = await makeAgent(engine, image, { folder: { source: root, options: options() } });
    await agent.start();
    const { stdout, stderr } = await agent.ssh(
      "cd /app && git status --porcelain --ignored && git log --format=%s && ls -A",
    );
    expect({ stdout, stderr }).toEqual({
      stdout: "?? new.c\nfirst\n.git\n.gitignore\nkept.log\nmain.c\nnew.c\n",
      stderr: "",
    });
  });

  it("stops in the middle when it is aborted", async () => {
    await writeFile(join(root, "large"), "");
    await truncate(join(root, "large"), 2 ** 30);
    agent = await makeAgent(engine, image);
    const controller = new AbortController();
    const { signal } = controller;
    let bytes = 0;
    const onProgress = (read: number) => {
      bytes = read;
      if (read > 2 ** 22) controller.abort(new Error("enough"));
    };
    const tar = packFolder(root, { ...options(), signal, onProgress });
    await expect(engine.putArchive(agent.id, "/", tar, signal)).rejects.toThrow("enough");
    expect(bytes).toBeLessThan(2 ** 26);
  });

  it("fails with its own reason when the folder cannot be read to the end", async () => {
    await mkdir(join(root, ".gitignore"));
    await writeFile(join(root, "x"), "");
    agent = await makeAgent(engine, image);
    const failing = packFolder(root, {
      ...options(),
      onProgress() {
        throw new Error("the caller's own");
      },
    });
    await expect(engine.putArchive(agent.id, "/", failing)).rejects.toThrow("the caller's own");
  });
});
