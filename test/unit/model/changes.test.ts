import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { findOverlaps } from "../../../src/agents/changes/overlaps.js";
import { agentRefs, branchRef } from "../../../src/agents/changes/sourceRepository.js";
import { describeRisk } from "../../../src/agents/changes/workAtRisk.js";
import { parseCommandLine } from "../../../src/app/commandSyntax.js";
import { renderChanges, renderOverlaps } from "../../../src/app/renderChanges.js";
import type { ChangedFile, Changes } from "../../../src/model/changes.js";
import { parseOptions, pullOptions } from "../../../src/model/options.js";
import { planChanges } from "../../../src/workspace/planChanges.js";
import { parseRawDiff, withLines } from "../../../src/workspace/rawDiff.js";

const id = (digit: string) => digit.repeat(40);
const none = id("0");

describe("git's list of changes", () => {
  it("is read with renames, modes and names that hold anything", () => {
    const raw = [
      `:100644 100755 ${id("1")} ${id("2")} M`,
      "a\tb\n.txt",
      `:100644 100644 ${id("3")} ${id("3")} R100`,
      "old",
      "new",
      `:000000 120000 ${none} ${id("4")} A`,
      "link",
      `:100644 000000 ${id("5")} ${none} D`,
      "gone",
      "",
    ].join("\0");
    const lines = "1\t2\ta\tb\n.txt\x000\t0\t\0old\0new\x001\t0\tlink\0-\t-\tgone\0";
    const files = withLines(parseRawDiff(raw), lines);
    expect(files.map(({ path, status, oldPath }) => [path, status, oldPath])).toEqual([
      ["a\tb\n.txt", "modified", undefined],
      ["new", "renamed", "old"],
      ["link", "added", undefined],
      ["gone", "deleted", undefined],
    ]);
    expect(files[0]).toMatchObject({ additions: 1, deletions: 2, binary: false, newMode: "100755" });
    expect(files[2]).not.toHaveProperty("oldId");
    expect(files[3]).toMatchObject({ binary: true, additions: 0 });
    expect(parseRawDiff("")).toEqual([]);
    expect(() => parseRawDiff("nonsense\0x\0")).toThrow("cannot be read");
  });
});

describe("a plan of changes", () => {
  const entry = (digit: string) => ({ mode: "100644", id: id(digit) });
  const change: ChangedFile = {
    path: "f",
    status: "modified",
    additions: 1,
    deletions: 1,
    binary: false,
    oldId: id("1"),
    oldMode: "100644",
    newId: id("2"),
    newMode: "100644",
  };
  const plan = (local: string, index: string, head: string) =>
    planChanges([change], {
      local: new Map([["f", entry(local)]]),
      index: new Map([["f", entry(index)]]),
      head: new Map([["f", entry(head)]]),
    });

  it.each([
    ["clean", "1", "1", "1", 1, []],
    ["clean, with other commits", "7", "7", "7", 1, []],
    ["the same already", "2", "1", "1", 0, []],
    ["uncommitted, and what the agent started from", "1", "9", "9", 1, []],
    ["uncommitted", "7", "1", "1", 1, ["f"]],
    ["staged", "7", "7", "1", 1, ["f"]],
    ["staged, and changed back", "9", "7", "9", 1, ["f"]],
  ])("for a file that is %s", (_what, local, index, head, todo, atRisk) => {
    const found = plan(local, index, head);
    expect(found.todo).toHaveLength(todo);
    expect(found.atRisk).toEqual(atRisk);
  });
});

const changes = (name: string, files: Partial<ChangedFile>[]): Changes => ({
  agentId: `id-${name}`,
  name,
  base: id("a"),
  branch: "main",
  ahead: 0,
  uncommitted: files.length,
  commits: [],
  files: files.map((file) => ({
    path: "f",
    status: "modified",
    additions: 0,
    deletions: 0,
    binary: false,
    newId: id("1"),
    newMode: "100644",
    ...file,
  })),
});

it("what two agents both changed counts renamed files under both names", () => {
  const found = findOverlaps([
    changes("one", [{ path: "new", oldPath: "old", status: "renamed" }, { path: "same" }, { path: "alone" }]),
    changes("two", [{ path: "old", newId: id("2") }, { path: "same" }]),
  ]);
  expect(found.map(({ path, same }) => [path, same])).toEqual([
    ["old", false],
    ["same", true],
  ]);
  expect(renderOverlaps(found)).toBe(
    "old: one (renamed), two (modified)\nsame: one (modified), two (modified), the same\n",
  );
});

it("names become refs that git takes, and no branch hides another ref", () => {
  expect(agentRefs("a..b.lock")).toBe("refs/agents/a_.b_lock");
  expect(agentRefs("plain-1.2")).toBe("refs/agents/plain-1.2");
  expect(branchRef("x", "main")).toBe("refs/agents/x/main");
  expect(branchRef("x", "worktree")).toBe("refs/agents/x/heads/worktree");
  expect(branchRef("x", "heads/worktree")).toBe("refs/agents/x/heads/heads/worktree");
  expect(branchRef("x", "worktrees")).toBe("refs/agents/x/worktrees");
});

it("what is at risk is said in one sentence", () => {
  const risk = { uncommitted: ["a", "b", "c", "d"], unfetched: ["1"], stashes: 2 };
  expect(describeRisk(risk)).toBe("4 uncommitted files (a, b, c, …), 1 commit, 2 stash entries");
});

it("a terminal is not told what a file name tells it", () => {
  const file = { path: "\u001b]0;evil\u0007", binary: true };
  expect(renderChanges(changes("one", [file]))).toContain("M  ?]0;evil?  binary");
});

describe("the command line", () => {
  const read = async (...args: string[]) => (await parseCommandLine(args, Readable.from([]))).input;
  it("takes what pull, push and overlaps take", async () => {
    expect(await read("pull", "x", "--mode=apply", "--path=a", "--path=b c", "--merge")).toEqual({
      mode: "apply",
      paths: ["a", "b c"],
      merge: true,
    });
    expect(await read("push", "x", "--source=/srv/r")).toEqual({ source: "/srv/r" });
    expect(await read("overlaps", "x", "--with=y", "--with=z")).toEqual({ targets: ["x", "y", "z"] });
  });
  it.each([
    [{ mode: "files" }, "paths"],
    [{ mode: "fetch", paths: ["a"] }, "paths"],
    [{ mode: "merge" }, "mode"],
    [{ paths: [] }, "paths"],
  ])("%j is refused by its field", (input, field) => {
    expect(() => parseOptions(pullOptions, input)).toThrow(
      expect.objectContaining({ code: "SPEC_INVALID", field }),
    );
  });
});
