import { describe, expect, it } from "vitest";
import { dockerIgnoreRules } from "../../../src/workspace/dockerIgnore.js";

/** Rules, a path, and what becomes of it. Source: docs.docker.com, .dockerignore files. */
const cases: [rules: string, path: string, out: boolean | "unless needed", isFolder?: boolean][] = [
  ["", "a", false],
  ["# a", "a", false],
  ["a", "a", true],
  ["/a", "a", true],
  ["a/", "a", true, true],
  ["./a", "a", true],
  ["a", "sub/a", false],
  ["a", "a/below/it", true],
  ["*/temp*", "sub/temporary", true],
  ["*/temp*", "temporary", false],
  ["*/*/temp*", "a/b/temp.txt", true],
  ["temp?", "tempa", true],
  ["temp?", "temp", false],
  ["**/*.go", "a.go", true],
  ["**/*.go", "x/y/a.go", true],
  ["*.md\n!README.md", "README.md", false],
  ["*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true],
  ["*.md\nREADME-secret.md\n!README*.md", "README-secret.md", false],
  ["A", "a", false],
  ["c++", "c++", true],
  ["c++", "ccc", false],
  ["(x)", "(x)", true],
  ["[ab].txt", "b.txt", true],
  ["  spaced  ", "spaced", true],
  ["\ufeffbom", "bom", true],
  ["crlf\r\nb", "crlf", true],
  ["*\n!keep", "other", true, true],
  ["*\n!keep/this", "keep", "unless needed", true],
  ["*\n!keep/this", "keep/other", true, true],
  ["*\n!**/*.ts", "any", "unless needed", true],
  ["node_modules", "node_modules", true, true],
  ["node_modules\n!src", "node_modules", true, true],
];

describe("a .dockerignore", () => {
  it.each(cases)("%j: %s → %s", (rules, path, out, isFolder = false) => {
    expect(dockerIgnoreRules(rules).leavesOut(path, isFolder)).toBe(out);
  });
});
