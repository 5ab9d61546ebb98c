import { chmod, lstat, mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nullLogger } from "../../../src/util/log.js";
import { cloneEntries, type CloneOptions } from "../../../src/workspace/cloneWorkspace.js";
import { packTar } from "../../../src/workspace/packTar.js";
import { checkCloneSource } from "../../../src/workspace/repository.js";
import { cloneFacts } from "../../support/cloneFacts.js";
import { fillRepository, makeGitFolder, plainGitEnv, type GitFolder } from "../../support/gitRepository.js";

let folder: GitFolder;
let target: string;
const skipped: string[] = [];

beforeEach(async () => {
  folder = await makeGitFolder();
  target = join(folder.base, "agent");
  skipped.length = 0;
});
afterEach(() => folder.dispose());

const git = () => ({ env: plainGitEnv, homeDir: join(folder.base, "home") });

/** Clones into `target` by way of the archive, as root of it; gives the work tree's path there. */
async function clone(source = folder.root, more: Partial<CloneOptions> = {}): Promise<string> {
  const { getuid = () => 0, getgid = () => 0 } = process;
  const options: CloneOptions = {
    target: "/app",
    uid: getuid(),
    gid: getgid(),
    log: nullLogger,
    git: git(),
    onSkip: (path, reason) => skipped.push(`${path}: ${reason}`),
    ...more,
  };
  const checked = await checkCloneSource(source, options.git);
  await rm(target, { recursive: true, force: true });
  await mkdir(target);
  const tar = spawn("tar", ["-xp", "-C", target], { stdio: ["pipe", "ignore", "inherit"] });
  const ended = new Promise((resolve) => tar.once("close", resolve));
  await pipeline(packTar(cloneEntries(checked, options), more.signal), tar.stdin);
  expect(await ended).toBe(0);
  return join(target, "app");
}

const here = () => cloneFacts(folder.root);
/** Commits one file, so that there is something to clone. */
async function firstCommit(): Promise<void> {
  await folder.write("a.txt", "one\n");
  await folder.git("add", "--all");
  await folder.git("commit", "-q", "-m", "first");
}
const temporary = async () =>
  (await readdir(tmpdir())).filter((name) => name.startsWith("agent-containers-clone-"));

describe("a cloned repository", () => {
  it("has the same status, index, differences, history and files, to the nanosecond", async () => {
    await fillRepository(folder);
    const app = await clone();
    const there = await cloneFacts(app);
    expect(there).toEqual(await here());
    expect(skipped).toEqual([]);
    expect(there.complete).toEqual([""]);
    expect(there.files?.length).toBeGreaterThan(400);
    expect(there.status?.length).toBeGreaterThan(15);
    for (const [question, answer] of Object.entries(there)) {
      if (question !== "complete") expect(answer.join(""), question).not.toBe("");
    }
    await expect(lstat(join(app, "secret.env"))).rejects.toThrow("ENOENT");
    await expect(lstat(join(app, "node_modules"))).rejects.toThrow("ENOENT");
    expect((await lstat(join(app, "empty/nested"))).isDirectory()).toBe(true);
  });

  it("leaves the source as it was, and nothing in the temporary folder", async () => {
    await fillRepository(folder);
    const all = () => folder.gitIn(folder.root, "count-objects", "-v");
    const index = () => readFile(join(folder.root, ".git/index"));
    const before = [await all(), await index(), await temporary()];
    await clone();
    expect([await all(), await index(), await temporary()]).toEqual(before);
  });

  it("knows what it began with, untracked files included", async () => {
    await fillRepository(folder);
    const app = await clone();
    const inside = (...args: string[]) => folder.gitIn(app, ...args);
    expect(await inside("rev-parse", "refs/agent-containers/base")).toBe(
      await folder.git("rev-parse", "HEAD"),
    );
    expect(await inside("rev-parse", "refs/agent-containers/start^")).toBe(
      await folder.git("rev-parse", "HEAD"),
    );
    // The work tree as a tree of its own is what was recorded.
    await folder.gitIn(app, "add", "--all");
    const tree = await folder.gitIn(app, "write-tree");
    expect(await inside("rev-parse", "refs/agent-containers/start^{tree}")).toBe(tree);
    expect(await inside("show", "refs/agent-containers/start:untracked/script.sh")).toBe("#!/bin/sh\n");
  });

  it("begins with HEAD where everything is committed", async () => {
    await firstCommit();
    const app = await clone();
    const head = await folder.git("rev-parse", "HEAD");
    expect(await folder.gitIn(app, "rev-parse", "refs/agent-containers/start")).toBe(head);
  });

  it("carries on a merge with conflicts", async () => {
    await firstCommit();
    await folder.git("checkout", "-q", "-b", "other");
    await folder.write("a.txt", "theirs\n");
    await folder.git("commit", "-q", "-am", "theirs");
    await folder.git("checkout", "-q", "main");
    await folder.write("a.txt", "ours\n");
    await folder.git("commit", "-q", "-am", "ours");
    await expect(folder.git("merge", "other")).rejects.toThrow();
    const app = await clone();
    const facts = await cloneFacts(app);
    expect(facts).toEqual(await here());
    expect(facts.status?.join("")).toContain("u UU");
    expect(await folder.gitIn(app, "show", "refs/agent-containers/start:a.txt")).toContain("<<<<<<<");
    await writeFile(join(app, "a.txt"), "both\n");
    await folder.gitIn(app, "commit", "-q", "-a", "--no-edit");
    expect(await folder.gitIn(app, "log", "-1", "--format=%s %an %p")).toMatch(
      /^Merge branch 'other' Ünë Üser \w+ \w+/,
    );
  });

  it("carries on a rebase, and a detached HEAD", async () => {
    await firstCommit();
    await folder.write("b.txt", "two\n");
    await folder.git("add", "--all");
    await folder.git("commit", "-q", "-m", "second");
    await folder.git("checkout", "-q", "--detach", "HEAD~1");
    expect(await cloneFacts(await clone())).toEqual(await here());
    await folder.write("b.txt", "other\n");
    await folder.git("add", "--all");
    await folder.git("commit", "-q", "-m", "other");
    await expect(folder.git("rebase", "main")).rejects.toThrow();
    const app = await clone();
    expect(await cloneFacts(app)).toEqual(await here());
    await folder.gitIn(app, "checkout", "--theirs", "b.txt");
    await folder.gitIn(app, "add", "b.txt");
    await folder.gitIn(app, "-c", "core.editor=true", "rebase", "--continue");
    expect(await folder.gitIn(app, "log", "--format=%s")).toBe("other\nsecond\nfirst\n");
  });

  it("of a linked work tree stands alone", async () => {
    await fillRepository(folder);
    const tree = join(folder.base, "linked");
    await folder.git("worktree", "add", "-q", "-b", "linked", tree, "main");
    await writeFile(join(tree, "extra.txt"), "x");
    await folder.gitIn(tree, "add", "extra.txt");
    const app = await clone(tree);
    expect(await cloneFacts(app)).toEqual(await cloneFacts(tree));
    expect((await lstat(join(app, ".git"))).isDirectory()).toBe(true);
    expect(await folder.gitIn(app, "worktree", "list")).toMatch(/^[^\n]+\[linked\]\n$/);
  });

  it("brings along what is borrowed from other object stores, and says which one is missing", async () => {
    await fillRepository(folder);
    await folder.git("gc", "-q");
    const shared = join(folder.base, "shared");
    await folder.gitIn(folder.base, "clone", "-q", "--shared", "shop", "shared");
    await folder.gitIn(folder.base, "clone", "-q", "--shared", "shared", "twice");
    const twice = join(folder.base, "twice");
    const app = await clone(twice);
    const facts = await cloneFacts(twice);
    await rm(join(folder.root, ".git/objects"), { recursive: true });
    expect(await cloneFacts(app)).toEqual(facts);
    await expect(lstat(join(app, ".git/objects/info/alternates"))).rejects.toThrow("ENOENT");
    await rm(shared, { recursive: true });
    await expect(clone(twice)).rejects.toMatchObject({ code: "WORKSPACE_INVALID" });
  });

  it("is as shallow, as sparse and as split as its source looks", async () => {
    await fillRepository(folder);
    const url = `file://${folder.root}`;
    await folder.gitIn(folder.base, "clone", "-q", "--depth=1", "--branch=work", url, "shallow");
    const shallow = join(folder.base, "shallow");
    expect(await cloneFacts(await clone(shallow))).toEqual(await cloneFacts(shallow));
    await folder.gitIn(shallow, "sparse-checkout", "set", "--cone", "--sparse-index", "src/part1");
    expect(await cloneFacts(await clone(shallow))).toEqual(await cloneFacts(shallow));
    await folder.gitIn(shallow, "sparse-checkout", "disable");
    await folder.gitIn(shallow, "update-index", "--split-index", "--untracked-cache");
    await writeFile(join(shallow, "more.txt"), "x");
    await folder.gitIn(shallow, "add", "more.txt");
    expect(await cloneFacts(await clone(shallow))).toEqual(await cloneFacts(shallow));
  });

  it("keeps submodules and repositories inside as they are, each with a history of its own", async () => {
    const library = join(folder.base, "library");
    await mkdir(library);
    await folder.gitIn(library, "init", "-q", "-b", "main");
    await writeFile(join(library, "lib.c"), "int x;\n");
    await folder.gitIn(library, "add", "--all");
    await folder.gitIn(library, "-c", "user.name=l", "-c", "user.email=l@l", "commit", "-q", "-m", "lib");
    await firstCommit();
    await folder.git("submodule", "--quiet", "add", library, "vendor/lib");
    await folder.git("submodule", "--quiet", "add", library, "vendor/away");
    await folder.git("commit", "-q", "-m", "submodules");
    await folder.git("submodule", "--quiet", "deinit", "--force", "vendor/away");
    await folder.write("vendor/lib/lib.c", "changed\n");
    await folder.write("vendor/lib/new.c", "new\n");
    await folder.gitIn(folder.base, "clone", "-q", "library", "shop/inner");
    await folder.write("inner/own.c", "x\n");
    await folder.gitIn(folder.root, "init", "-q", "unborn");
    await folder.write("unborn/u.c", "x\n");

    const app = await clone();
    expect(await cloneFacts(app)).toEqual(await here());
    for (const inner of ["vendor/lib", "inner"]) {
      expect(await cloneFacts(join(app, inner))).toEqual(await cloneFacts(join(folder.root, inner)));
      expect((await lstat(join(app, inner, ".git"))).isDirectory()).toBe(true);
    }
    expect(await folder.gitIn(join(app, "unborn"), "status", "--porcelain")).toBe("?? u.c\n");
    expect(skipped).toEqual(["vendor/away: the submodule is not initialised here"]);
    // The names of their commits in brackets are git's choice among all refs.
    const [there, own] = await Promise.all([
      folder.gitIn(app, "submodule", "status"),
      folder.git("submodule", "status"),
    ]);
    expect(there.replaceAll(/ \(.*\)/g, "")).toBe(own.replaceAll(/ \(.*\)/g, ""));
  });

  it("shows large files of Git LFS as unmodified, and commits a changed one as a pointer", async () => {
    await folder.write(".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n*.x filter=other\n");
    // What git-lfs sets up, with a filter in its place that gives the pointer of what is there.
    const clean = join(folder.base, "clean");
    await writeFile(
      clean,
      `#!/bin/sh\nprintf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%s\\nsize %s\\n' $(sha256sum | cut -c1-64) 10\n`,
    );
    await chmod(clean, 0o755);
    await folder.git("config", "filter.lfs.clean", clean);
    await folder.git("config", "filter.lfs.required", "true");
    await folder.git("config", "filter.other.clean", `touch ${folder.base}/ran; tr a-z A-Z`);
    await folder.write("large.bin", "large file");
    await folder.write("pointer.x", "text");
    await folder.git("add", "--all");
    await folder.git("commit", "-q", "-m", "large");
    await folder.write("new.bin", "another one");
    await rm(join(folder.base, "ran"), { force: true });
    const old = new Date("2020-01-01T00:00:00Z");
    for (const name of ["large.bin", "pointer.x"]) await utimes(join(folder.root, name), old, old);
    await folder.git("update-index", "--refresh");
    await rm(join(folder.base, "ran"), { force: true });

    const app = await clone();
    await expect(lstat(join(folder.base, "ran"))).rejects.toThrow("ENOENT");
    expect(await folder.gitIn(app, "status", "--porcelain")).toBe("?? new.bin\n");
    expect(await readFile(join(app, "large.bin"), "utf8")).toBe("large file");
    expect(await folder.gitIn(app, "cat-file", "-p", "refs/agent-containers/start:new.bin")).toMatch(
      /^version https:\/\/git-lfs.github.com\/spec\/v1\noid sha256:[0-9a-f]{64}\nsize 11\n$/,
    );
    await writeFile(join(app, "large.bin"), "changed inside");
    await folder.gitIn(app, "commit", "-q", "-am", "inside");
    const pointer = await folder.gitIn(app, "cat-file", "-p", "HEAD:large.bin");
    const [, oid = ""] = /oid sha256:([0-9a-f]{64})\nsize 14\n$/.exec(pointer) ?? [];
    const kept = join(app, ".git/lfs/objects", oid.slice(0, 2), oid.slice(2, 4), oid);
    expect(await readFile(kept, "utf8")).toBe("changed inside");
    await writeFile(join(app, "large.bin"), pointer);
    // Git takes another size for a change until it is added.
    await folder.gitIn(app, "add", "large.bin");
    expect(await folder.gitIn(app, "status", "--porcelain")).toBe("?? new.bin\n");
  });

  it("brings no hook, no login and nothing that runs", async () => {
    await fillRepository(folder);
    const secret = "S3CRET-t0ken";
    await folder.write(".git/hooks/pre-commit", `#!/bin/sh\ntouch ${folder.base}/ran\n`, 0o755);
    await folder.write(".git/included", `[http]\n\textraHeader = Authorization: ${secret}\n`);
    await folder.write(".git/FETCH_HEAD", `0000 https://u:${secret}@example.org/\n`);
    const settings = {
      "include.path": "included",
      "core.hooksPath": "/hooks",
      "core.fsmonitor": `touch ${folder.base}/ran`,
      "core.sshCommand": `ssh -i ${secret}`,
      "core.editor": "vi",
      "credential.helper": `!echo ${secret}`,
      "alias.x": "!true",
      "user.signingKey": secret,
      "commit.gpgSign": "true",
      "url.https://x:S3CRET-t0ken@example.org/.insteadOf": "gh:",
      "remote.origin.url": `https://user:${secret}@example.org/shop.git?token=${secret}`,
      "remote.origin.pushurl": `ssh://git:${secret}@example.org/shop.git`,
      "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
      "remote.origin.proxy": `http://u:${secret}@proxy`,
      "remote.origin.uploadpack": "evil",
      "remote.run.url": "ext::sh -c evil",
      "branch.work.remote": "origin",
      "branch.work.merge": "refs/heads/work",
      "branch.main.remote": `https://${secret}@example.org/x`,
      "submodule.x.update": "!evil",
    };
    for (const [name, value] of Object.entries(settings)) await folder.git("config", name, value);
    const app = await clone();
    const config = await readFile(join(app, ".git/config"), "utf8");
    expect(await folder.gitIn(app, "remote", "-v")).toBe(
      "origin\thttps://example.org/shop.git (fetch)\norigin\tssh://git@example.org/shop.git (push)\n",
    );
    expect(await folder.gitIn(app, "config", "branch.work.remote")).toBe("origin\n");
    expect(config).not.toMatch(/evil|hooks|helper|include|alias|sign|fsmonitor|editor/i);
    expect(await folder.gitIn(app, "grep", "-I", "--no-index", "-l", "S3CRET", ".git").catch(() => "")).toBe(
      "",
    );
    expect(await readdir(join(app, ".git/hooks"))).toEqual([]);
    await expect(lstat(join(app, ".git/FETCH_HEAD"))).rejects.toThrow("ENOENT");
    await expect(lstat(join(folder.base, "ran"))).rejects.toThrow("ENOENT");
    await folder.gitIn(app, "commit", "-q", "--allow-empty", "-m", "inside");
  });

  it("heeds .agentignore: what it names stays away, unseen by git, and what it brings back comes", async () => {
    await fillRepository(folder);
    await folder.write(".agentignore", "!secret.env\n/image.bin\n/untracked/deep/\n");
    const app = await clone();
    expect(await readFile(join(app, "secret.env"), "utf8")).toBe("TOKEN=1\n");
    for (const path of ["image.bin", "untracked/deep", "debug.log"]) {
      await expect(lstat(join(app, path)), path).rejects.toThrow("ENOENT");
    }
    const status = await folder.gitIn(app, "status", "--porcelain", "-uall");
    expect(status).not.toMatch(/image\.bin|deep/);
    expect(await folder.gitIn(app, "diff", "--stat", "refs/agent-containers/start", "--", "image.bin")).toBe(
      "",
    );
    await folder.gitIn(app, "commit", "-q", "-am", "inside");
    expect(await folder.gitIn(app, "ls-tree", "--name-only", "HEAD", "image.bin")).toBe("image.bin\n");
  });

  it("has this user's own ignore rules and settings of how things look", async () => {
    await firstCommit();
    const home = join(folder.base, "home");
    await mkdir(join(home, ".config/git"), { recursive: true });
    await writeFile(join(home, ".config/git/ignore"), "*.swp\n");
    await writeFile(join(home, ".gitconfig"), "[user]\n\tname = Global\n[core]\n\tautocrlf = input\n");
    await folder.git("config", "--unset", "user.name");
    await folder.write("x.swp", "");
    await clone(folder.root, { git: { env: { PATH: process.env.PATH }, homeDir: home } });
    const app = join(target, "app");
    expect(await folder.gitIn(app, "status", "--porcelain", "--ignored")).toBe("");
    await writeFile(join(app, "y.swp"), "");
    expect(await folder.gitIn(app, "status", "--porcelain", "--ignored")).toBe("!! y.swp\n");
    expect(await folder.gitIn(app, "config", "core.autocrlf")).toBe("input\n");
    expect(await folder.gitIn(app, "config", "user.name")).toBe("Global\n");
  });

  it("is whole although git repacks meanwhile", async () => {
    await fillRepository(folder);
    let repacked: Promise<unknown> | undefined;
    const app = await clone(folder.root, {
      onProgress: () => {
        repacked ??= folder.git("repack", "-q", "-a", "-d");
      },
    });
    await repacked;
    expect(await folder.gitIn(app, "fsck", "--full", "--no-dangling", "--no-progress")).toBe("");
  });

  it("with large untracked files is recorded without holding them, and stops when it is told to", async () => {
    await firstCommit();
    await folder.write("large", "");
    await truncate(join(folder.root, "large"), 2 ** 26);
    const controller = new AbortController();
    const onProgress = (bytes: number) => {
      if (bytes > 2 ** 22) controller.abort(new Error("enough"));
    };
    const before = await temporary();
    await expect(clone(folder.root, { signal: controller.signal, onProgress })).rejects.toThrow("enough");
    await expect.poll(temporary).toEqual(before);
    const app = await clone();
    expect((await lstat(join(app, "large"))).size).toBe(2 ** 26);
    const tree = await folder.gitIn(app, "ls-tree", "-l", "refs/agent-containers/start", "large");
    expect(tree).toContain(String(2 ** 26));
  });
});
