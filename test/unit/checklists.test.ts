import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface Row {
  line: string;
  ours: string;
  test: string;
}

/** Rows without a test yet, by who works on them; it is to become empty. */
const openOwners: string[] = [];

function rowsOf(path: string): Row[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((text) => text.startsWith("| "))
    .slice(1)
    .map((text) => {
      const [line = "", ours = "", test = ""] = text.slice(2, -2).split(" | ");
      return { line, ours, test };
    });
}

/** True when the file has a test, or a group of them, of this title, as it stands in its source. */
function hasTest(path: string, title: string): boolean {
  if (!existsSync(path)) return false;
  const source = readFileSync(path, "utf8");
  return [JSON.stringify(title), `'${title}'`, `\`${title}\``].some((literal) => {
    // The first argument of it, test, it.each(…) and their kind.
    const at = source.indexOf(literal);
    return at > 0 && /\(\s*$/.test(source.slice(0, at));
  });
}

describe.each([
  // The number of lines that the seeds have.
  ["docs/checklist-openlattice.md", 56],
  ["docs/checklist-docker-manager.md", 77],
])("%s", (path, count) => {
  const rows = rowsOf(path);

  it("has every line once, with what we do", () => {
    expect(rows).toHaveLength(count);
    expect(new Set(rows.map(({ line }) => line)).size).toBe(count);
    expect(rows.filter(({ ours }) => ours.length < 3)).toEqual([]);
  });

  it("names for each line tests that exist, or who works on it", () => {
    const wrong = rows.flatMap(({ line, test }) => {
      const owner = /^open: (\w+)$/.exec(test)?.[1];
      if (owner !== undefined) return openOwners.includes(owner) ? [] : [`${line}: ${owner}?`];
      return test.split("<br>").flatMap((one) => {
        const [, file = "", title = ""] = /^`([^`]+)` › `([^`]+)`$/.exec(one) ?? [];
        return hasTest(file, title) ? [] : [`${line}: ${one}`];
      });
    });
    expect(wrong).toEqual([]);
  });
});

it("a test that is not there is noticed", () => {
  expect(hasTest("test/unit/checklists.test.ts", "a test that is not there is noticed")).toBe(true);
  expect(hasTest("test/unit/checklists.test.ts", "a test that never was")).toBe(false);
  expect(hasTest("test/unit/noSuch.test.ts", "a test")).toBe(false);
});
