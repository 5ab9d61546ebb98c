// SPEC W4 and L3: what an agent changed is told, comes back, goes in, and is not lost with it.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import type { Agent } from "../../src/model/agent.js";
import { rejection } from "../support/collect.js";
import { makeRepository, nasty, type ChangesRepository } from "../support/changesRepository.js";
import { startProduct, type Product } from "../support/product.js";
import { baseImage } from "../support/testEngine.js";

let product: Product;
let mine: ChangesRepository;
let agent: Agent;

beforeAll(async () => {
  product = await startProduct();
});
afterAll(() => product.dispose());
beforeEach(() => {
  mine = makeRepository();
});
afterEach(() => mine.dispose());

const create = (more: Record<string, unknown> = {}) =>
  product.core.create({
    name: product.name(),
    image: baseImage,
    workspace: { mode: "copy", source: mine.root },
    ...more,
  });

async function inside(script: string, ...args: string[]): Promise<string> {
  const setUp = "git config user.name A; git config user.email a@localhost; set -e;";
  const { exitCode, stdout, stderr } = await product.core.exec(agent.id, {
    command: ["sh", "-c", `${setUp} ${script}`, "sh", ...args],
  });
  if (exitCode !== 0) throw new Error(`${script}: ${stderr}`);
  return stdout;
}

/** The same as `workHard`, in the agent. */
const work = () =>
  inside(
    `sed -i s/^one/ONE/ a.txt; git commit -qam "agent's ünï commit"
     git mv old.txt new.txt; rm gone.txt; chmod +x tool.sh; printf '\\0\\1\\2' >bytes.bin; ln -sf b.txt link
     for f in "$@"; do echo changed >"./$f"; done
     mkdir untracked; echo new >'untracked/ünï new.txt'; echo no >build.ignored`,
    ...Object.values(nasty),
  );
const worked = [
  ...Object.values(nasty),
  ...["a.txt", "new.txt", "gone.txt", "tool.sh", "bytes.bin", "link", "untracked/ünï new.txt"],
].sort();

/** What git in the agent says of itself: nothing of it may change by being looked at. */
const stateInside = () =>
  inside("git status --porcelain=v2 -z --branch; git ls-files -s; git for-each-ref; ls -la; cat .git/HEAD");

describe("the changes of an agent with a copied repository", () => {
  beforeEach(async () => {
    agent = await create();
  });

  it("are told with commits, uncommitted and untracked, and nothing is touched by looking", async () => {
    const none = await product.core.diff(agent.id);
    expect(none).toMatchObject({ branch: "main", ahead: 0, uncommitted: 0, files: [], commits: [] });
    expect(none.base).toBe(mine.git("rev-parse", "HEAD").trim());
    await work();
    const before = await stateInside();
    const changes = await product.core.diff(agent.id);
    expect(await stateInside()).toBe(before);
    expect(changes).toMatchObject({ name: agent.name, agentId: agent.id, ahead: 1 });
    expect(changes.commits[0]).toMatchObject({ subject: "agent's ünï commit", author: "A" });
    expect(changes.files.map(({ path }) => path).sort()).toEqual(worked);
    const of = (path: string) => changes.files.find((file) => file.path === path);
    expect(of("new.txt")).toMatchObject({ status: "renamed", oldPath: "old.txt" });
    expect(of("gone.txt")).toMatchObject({ status: "deleted", deletions: 1 });
    expect(of("a.txt")).toMatchObject({ status: "modified", additions: 1, deletions: 1, binary: false });
    expect(of("bytes.bin")).toMatchObject({ binary: true });
    expect(of("tool.sh")).toMatchObject({ oldMode: "100644", newMode: "100755" });
    expect(of("untracked/ünï new.txt")).toMatchObject({ status: "added", additions: 1 });
    const file = of("a.txt");
    const [left, right] = await Promise.all(
      [file?.oldId, file?.newId].map((id) => product.core.readBlob(agent.id, { id })),
    );
    expect(left?.toString()).toMatch(/^one\n/);
    expect(right?.toString()).toMatch(/^ONE\n/);
    expect(await rejection(product.core.readBlob(agent.id, { id: "--help" }))).toMatchObject({ field: "id" });
  });

  it("are fetched into refs and nowhere else, as often as wanted", async () => {
    await work();
    await inside("git branch worktree; git branch other/branch; git checkout -q --detach");
    const before = mine.picture();
    const { refs, repository } = await product.core.pull(agent.id, { mode: "fetch" });
    expect(repository).toBe(mine.root);
    expect(mine.picture()).toEqual(before);
    const own = `refs/agents/${agent.name}`;
    const head = (await inside("git rev-parse HEAD")).trim();
    expect(refs).toMatchObject({
      [`${own}/HEAD`]: head,
      [`${own}/main`]: head,
      [`${own}/heads/worktree`]: head,
      [`${own}/other/branch`]: head,
    });
    expect(mine.git("show", `${own}/worktree:untracked/ünï new.txt`)).toBe("new\n");
    expect(() => mine.git("show", `${own}/worktree:build.ignored`)).toThrow();
    expect(mine.git("fsck", "--connectivity-only")).toBe("");
    expect((await product.core.pull(agent.id)).refs).toMatchObject({
      [`${own}/worktree`]: refs[`${own}/worktree`],
    });
    // What a later fetch no longer points at is still found.
    await inside("git checkout -q main; git commit -q --amend -m other");
    await product.core.pull(agent.id);
    expect(mine.git("rev-parse", `${own}/main@{1}`).trim()).toBe(head);
  });

  it("are applied as uncommitted changes, or not at all", async () => {
    await work();
    mine.write("a.txt", "one\nmine\n");
    const before = mine.picture();
    const refused = await rejection(product.core.pull(agent.id, { mode: "apply" }));
    expect(refused).toMatchObject({ code: "WOULD_OVERWRITE", files: ["a.txt"] });
    expect(mine.picture()).toEqual(before);
    mine.git("checkout", "-q", "a.txt");
    const done = await product.core.pull(agent.id, { mode: "apply" });
    expect([...done.files].sort()).toEqual(worked);
    expect(done.conflicts).toEqual([]);
    expect(mine.picture().HEAD).toEqual(before.HEAD);
    expect(mine.read(nasty.quote)).toBe("changed\n");
    // All of it is here: nothing would be lost with the agent but its commit.
    const risk = await product.core.workAtRisk(agent.id);
    expect(risk).toEqual({ uncommitted: [], unfetched: [], stashes: 0 });
  });

  it("come as single files", async () => {
    await work();
    const done = await product.core.pull(agent.id, {
      mode: "files",
      paths: ["untracked", "bytes.bin"],
      overwrite: true,
    });
    expect([...done.files].sort()).toEqual(["bytes.bin", "untracked/ünï new.txt"]);
    expect(mine.git("show", `refs/agents/${agent.name}/before:bytes.bin`)).toHaveLength(6);
    expect(await rejection(product.core.pull(agent.id, { mode: "files" }))).toMatchObject({ field: "paths" });
  });

  it("leave the repository here as it was when they are cancelled", async () => {
    await work();
    await inside("head -c 30000000 /dev/urandom >large; git add large; git commit -qm large");
    const before = mine.picture();
    const refs = mine.git("for-each-ref");
    for (const stage of ["Looking at the changes", "Fetching"]) {
      const controller = new AbortController();
      const pulling = product.core.pull(
        agent.id,
        { mode: "apply" },
        { signal: controller.signal, onProgress: (now) => now.stage === stage && controller.abort() },
      );
      expect(await rejection(pulling)).toMatchObject({ code: "CANCELLED" });
      expect(mine.picture()).toEqual(before);
      expect(mine.git("for-each-ref")).toBe(refs);
    }
  });

  it("take what changed here in: commits and uncommitted work, without the agent's being lost", async () => {
    mine.write("b.txt", "pushed\n");
    mine.git("commit", "-qam", "mine");
    mine.write("a.txt", "one\ntwo\nthree\nfour\nmine\n");
    mine.write("new here.txt", "new\n");
    await inside("sed -i s/^one/ONE/ a.txt; echo keep >own.txt");
    const refused = await rejection(product.core.push(agent.id));
    expect(refused).toMatchObject({ code: "WOULD_OVERWRITE", files: ["a.txt"] });
    expect(await inside("cat a.txt b.txt")).toBe("ONE\ntwo\nthree\nfour\nfive\nb\nbb\n");
    const before = mine.picture();
    const done = await product.core.push(agent.id, { merge: true });
    expect(mine.picture()).toEqual(before);
    expect([...done.files].sort()).toEqual(["a.txt", "b.txt", "new here.txt"]);
    expect(done).toMatchObject({ conflicts: [], fastForward: true });
    expect(await inside("cat a.txt b.txt 'new here.txt' own.txt")).toBe(
      "ONE\ntwo\nthree\nfour\nmine\npushed\nnew\nkeep\n",
    );
    expect((await inside("git log --format=%s")).split("\n")[0]).toBe("mine");
    // From now on only the agent's own changes are its changes.
    const { files, ahead } = await product.core.diff(agent.id);
    expect(files.map(({ path }) => path)).toEqual(["a.txt", "own.txt"]);
    expect(ahead).toBe(0);
    expect((await product.core.push(agent.id)).files).toEqual([]);
  });

  it("do not move a branch with commits of its own", async () => {
    await inside("echo x >>b.txt; git commit -qam own");
    mine.write("a.txt", "changed here\n");
    mine.git("commit", "-qam", "mine");
    const done = await product.core.push(agent.id);
    expect(done).toMatchObject({ files: ["a.txt"], fastForward: false });
    expect(await inside("git log -1 --format=%s host/main; git log -1 --format=%s")).toBe("mine\nown\n");
  });
});

describe("an agent with a cloned repository", () => {
  it("tells its changes against the exact start, builds on the uncommitted work it was given, and loses none", async () => {
    mine.write("a.txt", "one\ntwo\nthree\nfour\ngiven\n");
    mine.write("given.txt", "untracked\n");
    agent = await create({ workspace: { mode: "clone", source: mine.root } });
    expect((await product.core.diff(agent.id)).files).toEqual([]);
    expect(await product.core.workAtRisk(agent.id)).toEqual({ uncommitted: [], unfetched: [], stashes: 0 });
    await inside("sed -i s/^one/ONE/ a.txt; echo more >>given.txt");
    expect(await product.core.workAtRisk(agent.id)).toMatchObject({ uncommitted: ["a.txt", "given.txt"] });
    const before = mine.picture();
    const done = await product.core.pull(agent.id, { mode: "apply" });
    expect(done).toMatchObject({ files: ["a.txt", "given.txt"], conflicts: [] });
    expect(mine.read("a.txt")).toBe("ONE\ntwo\nthree\nfour\ngiven\n");
    expect(mine.read("given.txt")).toBe("untracked\nmore\n");
    expect([mine.picture().HEAD, mine.picture().index]).toEqual([before.HEAD, before.index]);
    await product.core.destroy(agent.id);
  });
});

describe("two agents", () => {
  it("are compared before anything is merged", async () => {
    agent = await create();
    const first = agent;
    await inside(
      "echo 1 >a.txt; git mv old.txt new.txt; echo same >b.txt; echo only >one.txt; git commit -qam x",
    );
    agent = await create();
    await inside("echo 2 >a.txt; echo 3 >old.txt; echo same >b.txt");
    const found = await product.core.overlaps({ targets: [first.id, agent.id] });
    expect(found.map(({ path, same }) => [path, same])).toEqual([
      ["a.txt", false],
      ["b.txt", true],
      ["old.txt", false],
    ]);
    expect(found[0]?.agents.map(({ name }) => name)).toEqual([first.name, agent.name]);
    await product.core.stop(agent.id, { graceSeconds: 0 });
    const refused = await rejection(product.core.overlaps({ targets: [first.id, agent.id] }));
    expect(refused).toMatchObject({ code: "NOT_RUNNING" });
    expect(await rejection(product.core.overlaps({ targets: [first.id] }))).toMatchObject({
      field: "targets",
    });
  });
});

describe("a destroy (issue 4, bar 8)", () => {
  beforeEach(async () => {
    agent = await create();
  });
  const exists = async () => (await product.core.list()).some(({ id }) => id === agent.id);

  it("of an agent that did nothing is not refused", async () => {
    mine.write("a.txt", "dirty here since\n");
    await product.core.destroy(agent.id);
    expect(await exists()).toBe(false);
  });

  it("names work that is nowhere else, and keeps it; fetched work is not at risk", async () => {
    await work();
    const refused = await rejection(product.core.destroy(agent.id));
    expect(refused).toMatchObject({ code: "WORK_AT_RISK" });
    expect(refused.message).toMatch(/uncommitted files \(.+…\), 1 commit/);
    expect("files" in refused && refused.files).toContain("untracked/ünï new.txt");
    expect(await exists()).toBe(true);
    await product.core.pull(agent.id);
    expect(await product.core.workAtRisk(agent.id)).toEqual({ uncommitted: [], unfetched: [], stashes: 0 });
    // Something new since.
    await inside("echo more >>a.txt; git stash -q");
    expect(await product.core.workAtRisk(agent.id)).toMatchObject({
      uncommitted: [],
      unfetched: [],
      stashes: 1,
    });
    await product.core.pull(agent.id);
    await product.core.destroy(agent.id);
    expect(await exists()).toBe(false);
    expect(mine.git("show", `refs/agents/${agent.name}/stash/0:a.txt`)).toContain("more");
  });

  it("says where it cannot be checked, and asks nothing when forced", async () => {
    await inside("echo more >>a.txt");
    await product.core.stop(agent.id, { graceSeconds: 0 });
    const refused = await rejection(product.core.destroy(agent.id));
    expect(refused).toMatchObject({ code: "WORK_AT_RISK" });
    expect(refused.message).toContain("cannot be checked");
    expect(await rejection(product.core.diff(agent.id))).toMatchObject({ code: "NOT_RUNNING" });
    await product.core.destroy(agent.id, { force: true });
    expect(await exists()).toBe(false);
  });

  it("tells commits of an agent whose source is gone, too", async () => {
    await inside("echo x >>b.txt; git commit -qam own");
    rmSync(join(mine.root), { recursive: true });
    const refused = await rejection(product.core.destroy(agent.id));
    expect(refused.message).toContain("commit");
    expect(await rejection(product.core.pull(agent.id))).toMatchObject({
      code: "UNSUPPORTED",
      field: "source",
    });
    await product.core.destroy(agent.id, { force: true });
  });
});

describe("an agent without a repository", () => {
  it("is destroyed without a question, running or not, and its changes cannot be told", async () => {
    agent = await create({ workspace: { mode: "none" } });
    expect(await rejection(product.core.diff(agent.id))).toMatchObject({ code: "UNSUPPORTED" });
    await product.core.stop(agent.id, { graceSeconds: 0 });
    await product.core.destroy(agent.id);
    expect(await product.core.list()).not.toContainEqual(expect.objectContaining({ id: agent.id }));
  });
});
