// Changes between two repositories of this machine: real git, no engine.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, lstatSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyChanges } from "../../../src/workspace/applyChanges.js";
import { copyFiles } from "../../../src/workspace/copyFiles.js";
import { looseCommit, scratchIndex, worktreeTree } from "../../../src/workspace/gitIndex.js";
import { gitLine, type GitSide } from "../../../src/workspace/gitSide.js";
import { openLocalRepository } from "../../../src/workspace/localRepository.js";
import { transferObjects } from "../../../src/workspace/transferObjects.js";
import {
  makeRepository,
  nasty,
  openRepository,
  workHard,
  type ChangesRepository,
} from "../../support/changesRepository.js";
import { rejection } from "../../support/collect.js";

let mine: ChangesRepository;
let theirs: ChangesRepository;
let here: GitSide;
let there: GitSide;

beforeEach(async () => {
  mine = makeRepository();
  theirs = openRepository(`${mine.root}-agent`);
  execFileSync("cp", ["-a", mine.root, theirs.root]);
  const opened = await Promise.all([mine, theirs].map(({ root }) => openLocalRepository(root)));
  const [one, other] = opened;
  if (!one || !other) throw new Error("no repository");
  [here, there] = [one, other];
});
afterEach(() => {
  mine.dispose();
  theirs.dispose();
});

/** The other side's work as it is now, brought over; gives what changes lead from and to. */
async function bring(): Promise<{ from: string; to: string }> {
  const from = mine.git("rev-parse", "HEAD").trim();
  const folder = await there.temporary();
  const tree = await worktreeTree(there, await scratchIndex(there, folder));
  await there.remove([folder]);
  const head = await gitLine(there, ["rev-parse", "HEAD"]);
  const to = await looseCommit(there, tree, head, "work");
  await transferObjects(there, here, { tips: [to], known: [from] });
  return { from, to };
}

describe("changes from one repository to another", () => {
  it("come over whole: renames, deletions, modes, links, binary files, odd names, untracked ones", async () => {
    workHard(theirs);
    const before = mine.picture();
    const { from, to } = await bring();
    expect(mine.picture()).toEqual(before);
    const done = await applyChanges(here, { from, to, merge: false });
    expect(done.conflicts).toEqual([]);
    expect(done.files.sort()).toEqual(
      [
        ...Object.values(nasty),
        "a.txt",
        "new.txt",
        "gone.txt",
        "tool.sh",
        "bytes.bin",
        "link",
        "untracked/ünï new.txt",
      ].sort(),
    );
    const now = mine.picture();
    const agent = theirs.picture();
    for (const name of Object.keys(agent).filter(
      (name) => !/^(index|HEAD|refs|build\.ignored|untracked)$/.test(name),
    ))
      expect([name, now[name]]).toEqual([name, agent[name]]);
    expect(existsSync(join(mine.root, "old.txt"))).toBe(false);
    expect(existsSync(join(mine.root, "gone.txt"))).toBe(false);
    expect(readlinkSync(join(mine.root, "link"))).toBe("b.txt");
    expect(existsSync(join(mine.root, "build.ignored"))).toBe(false);
    // Neither HEAD nor anything that is staged has moved.
    expect([now.HEAD, now.refs, now.index]).toEqual([before.HEAD, before.refs, before.index]);
  });

  it("applied twice are the same already", async () => {
    workHard(theirs);
    const { from, to } = await bring();
    const { files } = await applyChanges(here, { from, to, merge: false });
    const before = mine.picture();
    const again = await applyChanges(here, { from, to, merge: false });
    expect(again.files).toEqual([]);
    expect(again.same.sort()).toEqual(files.sort());
    expect(mine.picture()).toEqual(before);
  });

  it("may be some of all, by either name of a renamed file; a name that is none of them is told", async () => {
    workHard(theirs);
    const { from, to } = await bring();
    const done = await applyChanges(here, { from, to, merge: false, paths: ["old.txt", nasty.unicode] });
    expect(done.files.sort()).toEqual(["new.txt", nasty.unicode].sort());
    expect(mine.read("a.txt")).toMatch(/^one/);
    const refused = await rejection(applyChanges(here, { from, to, merge: false, paths: ["none.txt"] }));
    expect(refused).toMatchObject({ code: "NOT_FOUND", field: "paths", files: ["none.txt"] });
  });

  it("are not made over uncommitted or untracked work, staged or not, which is named", async () => {
    workHard(theirs);
    const { from, to } = await bring();
    mine.write("a.txt", "one\ntwo\nthree\nfour\nmine\n");
    mine.write("bytes.bin", "mine");
    mine.git("add", "bytes.bin");
    mine.write("untracked/ünï new.txt", "mine\n");
    const before = mine.picture();
    const refused = await rejection(applyChanges(here, { from, to, merge: false }));
    expect(refused).toMatchObject({ code: "WOULD_OVERWRITE" });
    expect("files" in refused && refused.files).toEqual(["a.txt", "bytes.bin", "untracked/ünï new.txt"]);
    expect(mine.picture()).toEqual(before);
  });

  it("are merged into uncommitted work when asked to, which is kept beside", async () => {
    theirs.write("a.txt", "ONE\ntwo\nthree\nfour\nfive\n");
    theirs.write("b.txt", "theirs\nbb\n");
    const { from, to } = await bring();
    mine.write("a.txt", "one\ntwo\nthree\nfour\nmine\n");
    mine.write("b.txt", "mine\nbb\n");
    const done = await applyChanges(here, { from, to, merge: true });
    expect(mine.read("a.txt")).toBe("ONE\ntwo\nthree\nfour\nmine\n");
    expect(done.conflicts).toEqual(["b.txt"]);
    expect(mine.read("b.txt")).toMatch(/<<<<<<< ours\nmine\n=======\ntheirs\n>>>>>>> theirs/);
    expect(mine.git("diff", "--name-only", "--diff-filter=U").trim()).toBe("b.txt");
    expect(mine.git("show", `${done.before ?? ""}:b.txt`)).toBe("mine\nbb\n");
  });

  it("that meet other commits here are merged by git, with markers where both changed a line", async () => {
    theirs.write("a.txt", "THEIRS\ntwo\nthree\nfour\nFIVE\n");
    theirs.write("b.txt", "b\nbb\nccc\n");
    const { from, to } = await bring();
    mine.write("a.txt", "MINE\ntwo\nthree\nfour\nfive\n");
    mine.git("commit", "-qam", "mine");
    const done = await applyChanges(here, { from, to, merge: false });
    expect(done.conflicts).toEqual(["a.txt"]);
    expect(mine.read("a.txt")).toMatch(/<<<<<<< ours\nMINE\n=======\nTHEIRS\n>>>>>>> theirs\ntwo/);
    expect(mine.read("b.txt")).toBe("b\nbb\nccc\n");
    // A file that has its conflicts still is not touched again.
    const before = mine.picture();
    expect(await rejection(applyChanges(here, { from, to, merge: true }))).toMatchObject({
      code: "WOULD_OVERWRITE",
      files: ["a.txt"],
    });
    expect(mine.picture()).toEqual(before);
  });

  it("build on uncommitted work that the agent was given", async () => {
    mine.write("a.txt", "one\ntwo\nthree\nfour\ngiven\n");
    theirs.write("a.txt", "one\ntwo\nthree\nfour\ngiven\n");
    const given = (await bring()).to;
    theirs.write("a.txt", "ONE\ntwo\nthree\nfour\ngiven\n");
    const { to } = await bring();
    const done = await applyChanges(here, { from: given, to, merge: false });
    expect(done.files).toEqual(["a.txt"]);
    expect(mine.read("a.txt")).toBe("ONE\ntwo\nthree\nfour\ngiven\n");
  });

  it("that git refuses leave everything as it was", async () => {
    theirs.git("rm", "-q", "gone.txt");
    theirs.write("b.txt", "changed\n");
    const { from, to } = await bring();
    // What is deleted there has become a folder here: no merge knows what to do.
    rmSync(join(mine.root, "b.txt"));
    mine.write("b.txt/inside", "x");
    mine.git("add", "-A");
    mine.git("commit", "-qm", "a folder");
    const before = mine.picture();
    const refused = await rejection(applyChanges(here, { from, to, merge: false }));
    expect(refused).toMatchObject({ name: "AgentError" });
    expect(mine.picture()).toEqual(before);
  });

  it("that fail while they are written are taken back", async () => {
    theirs.write("a.txt", "changed\n");
    theirs.write("locked/new.txt", "new\n");
    theirs.write("zzz.txt", "new\n");
    const { from, to } = await bring();
    mine.write("a.txt", "one\ntwo\nthree\nfour\nfive\n");
    // Nothing can be made below a link that leads nowhere that may be written.
    const before = mine.picture();
    const broken: GitSide = {
      ...here,
      run: async (args, call) => {
        const answer = await here.run(args, call);
        if (!args.includes("apply")) return answer;
        // As if the disk had become full after some of it.
        await here.run(["read-tree", "HEAD"], { env: call?.env });
        return { ...answer, code: 128, stderr: "fatal: unable to write file: No space left on device\n" };
      },
    };
    const refused = await rejection(applyChanges(broken, { from, to, merge: false }));
    expect(refused).toMatchObject({ code: "CHANGES_CONFLICT" });
    expect(refused.message).toContain("No space left");
    expect(Object.keys(mine.picture()).filter((name) => name !== "locked")).toEqual(Object.keys(before));
    expect(mine.read("a.txt")).toBe("one\ntwo\nthree\nfour\nfive\n");
  });

  it("are not begun when they are cancelled", async () => {
    workHard(theirs);
    const { from, to } = await bring();
    const before = mine.picture();
    const refused = await rejection(
      applyChanges(here, { from, to, merge: false, signal: AbortSignal.abort() }),
    );
    expect(refused.name).toBe("AbortError");
    expect(mine.picture()).toEqual(before);
  });

  it("as whole files replace nothing unasked, and keep what they replace", async () => {
    workHard(theirs);
    const { to } = await bring();
    const asked = { tree: to, paths: ["a.txt", "untracked", "tool.sh"] };
    const before = mine.picture();
    const refused = await rejection(copyFiles(here, { ...asked, overwrite: false }));
    expect(refused).toMatchObject({ code: "WOULD_OVERWRITE", files: ["a.txt", "tool.sh"] });
    expect(mine.picture()).toEqual(before);
    const done = await copyFiles(here, { ...asked, overwrite: true });
    expect(done.files.sort()).toEqual(["a.txt", "tool.sh", "untracked/ünï new.txt"]);
    expect(mine.read("a.txt")).toMatch(/^ONE/);
    expect(lstatSync(join(mine.root, "tool.sh")).mode & 0o111).toBe(0o111);
    expect(mine.git("show", `${done.before ?? ""}:a.txt`)).toMatch(/^one/);
    expect(
      await rejection(copyFiles(here, { ...asked, paths: ["build.ignored"], overwrite: true })),
    ).toMatchObject({
      code: "NOT_FOUND",
      field: "paths",
    });
  });

  it("that are cut off on the way change nothing", async () => {
    theirs.write("a.txt", "changed\n");
    theirs.git("commit", "-qam", "more");
    const tip = theirs.git("rev-parse", "HEAD").trim();
    const before = mine.picture();
    const cut: GitSide = {
      ...there,
      run: async (args, call) => {
        if (args[0] !== "pack-objects") return there.run(args, call);
        call?.output?.write(Buffer.from("PACK\0\0\0\u0002"));
        return { code: 137, stdout: Buffer.alloc(0), stderr: "" };
      },
    };
    expect(await rejection(transferObjects(cut, here, { tips: [tip], known: [] }))).toMatchObject({
      code: "EXEC_FAILED",
    });
    expect(mine.picture()).toEqual(before);
    expect(() => mine.git("cat-file", "-e", tip)).toThrow();
  });

  it("that are not whole are not believed", async () => {
    theirs.write("a.txt", "changed\n");
    theirs.git("commit", "-qam", "more");
    const tip = theirs.git("rev-parse", "HEAD").trim();
    // Only the commit, without its tree and files.
    const lying: GitSide = {
      ...there,
      run: (args, call) =>
        args[0] === "pack-objects"
          ? there.run(["pack-objects", "--stdout", "-q"], { ...call, input: `${tip}\n` })
          : there.run(args, call),
    };
    expect(await rejection(transferObjects(lying, here, { tips: [tip], known: [] }))).toMatchObject({
      code: "EXEC_FAILED",
    });
  });

  it("do not run what the repository's own configuration names", async () => {
    const trap = join(mine.root, "trap");
    for (const hook of ["reference-transaction", "post-checkout", "post-index-change"]) {
      mine.write(`.git/hooks/${hook}`, `#!/bin/sh\ntouch '${trap}'\n`);
      chmodSync(join(mine.root, ".git/hooks", hook), 0o755);
    }
    mine.git("config", "core.fsmonitor", `touch '${trap}'; false`);
    workHard(theirs);
    rmSync(trap, { force: true });
    const { from, to } = await bring();
    await applyChanges(here, { from, to, merge: false });
    expect(existsSync(trap)).toBe(false);
  });
});
