import { expect, it } from "vitest";
import { findDifferences } from "../../../src/agents/snapshot/differences.js";
import { placeInContainer } from "../../../src/agents/snapshot/sides.js";
import { renderComparison } from "../../../src/app/renderComparison.js";
import type { ComparedSide, SnapshotComparison } from "../../../src/model/comparison.js";

const file = (sha256: string, mode = 0o644): ComparedSide => ({
  kind: "file",
  mode,
  sizeBytes: 1,
  binary: false,
  sha256,
});
const link = (linkTarget: string, mode = 0o777): ComparedSide => ({
  kind: "symlink",
  mode,
  sizeBytes: 0,
  linkTarget,
});

const before = new Map([
  ["/app/same", file("a")],
  ["/app/gone", file("a")],
  ["/app/changed", file("a")],
  ["/app/run\u001b[31m", file("a")],
  ["/app/link", link("one")],
  ["/app/stays", link("one")],
  ["/app/becomes", file("a")],
  ["/app/both", file("a")],
]);
const after = new Map([
  ["/app/same", file("a")],
  ["/app/new", file("a")],
  ["/app/changed", file("b")],
  ["/app/run\u001b[31m", file("a", 0o755)],
  ["/app/link", link("two")],
  // Busybox gives links a mode of their own.
  ["/app/stays", link("one", 0o755)],
  ["/app/becomes", link("same")],
  ["/app/both", file("b", 0o600)],
]);

it("tells what became of each file that is not the same, by path", () => {
  const found = findDifferences(before, after);
  expect(found.map(({ path, status }) => [path, status])).toEqual([
    ["/app/becomes", "type"],
    ["/app/both", "modified"],
    ["/app/changed", "modified"],
    ["/app/gone", "deleted"],
    ["/app/link", "modified"],
    ["/app/new", "added"],
    ["/app/run\u001b[31m", "mode"],
  ]);
  expect(found[0]).toMatchObject({ before: { kind: "file" }, after: { linkTarget: "same" } });
  expect(found[3]).not.toHaveProperty("after");
  expect(found[5]).not.toHaveProperty("before");
});

it("is printed a line a file, with what was left out, and without what a terminal would obey", () => {
  const comparison: SnapshotComparison = {
    agentId: "agent-1",
    agentName: "fixer",
    snapshot: { id: "0badcafe", name: "first", createdAt: "2026-01-01T00:00:00Z" },
    folders: ["/app", "/mngr"],
    skipped: [{ kind: "volume", path: "/app/node_modules" }],
    compared: 9,
    files: findDifferences(before, after),
  };
  const text = renderComparison(comparison);
  expect(text.split("\n").map((line) => line.trimEnd())).toEqual([
    "first → fixer now: 7 of 9 files differ in /app and /mngr",
    "T  /app/becomes  → same",
    "M  /app/both  (0644 → 0600)",
    "M  /app/changed",
    "D  /app/gone",
    "M  /app/link  → two",
    "A  /app/new",
    expect.stringMatching(/^P {2}\/app\/run.*\(0644 → 0755\)$/) as string,
    "not compared: /app/node_modules (volume)",
    "",
  ]);
  // eslint-disable-next-line no-control-regex -- it is what must not be there
  expect(text).not.toMatch(/\u001b/);
});

it("looks for what is kept where the snapshot has it, whatever a link says", () => {
  expect(placeInContainer("/mngr", "agent-1")).toBe("/mngr-state/volumes/agent-1");
  expect(placeInContainer("/mngr/a b", "agent-1")).toBe("/mngr-state/volumes/agent-1/a b");
  expect(placeInContainer("/mngr2/a", "agent-1")).toBe("/mngr2/a");
});
