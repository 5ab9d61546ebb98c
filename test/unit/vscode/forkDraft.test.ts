import { expect, test } from "vitest";
import { forkProgress } from "../../../src/app/forkProgress.js";
import { countProblem, forkNamesProblem, offeredNames, splitNames } from "../../../src/vscode/forkDraft.js";
import { english } from "../../../src/vscode/text.js";

const taken = new Set(["fixer", "fixer-fork-1"]);

test("free names are offered, as many as there are forks", () => {
  expect(offeredNames("fixer", 2, taken)).toBe("fixer-fork-2, fixer-fork-3");
  expect(splitNames(" a,b ,, c ")).toEqual(["a", "b", "c"]);
});

test.each([
  ["1", undefined],
  ["50", undefined],
  ["0", "Give a number from 1 to 50."],
  ["51", "Give a number from 1 to 50."],
  ["2.5", "Give a number from 1 to 50."],
  ["", "Give a number from 1 to 50."],
])("%j as a number of forks: %s", (text, problem) => {
  expect(countProblem(text, english)).toBe(problem);
});

test.each([
  ["ab, cd", undefined],
  ["ab", "1 names for 2 forks."],
  ["ab, ab", '"ab" is there twice.'],
  ["ab, fixer", '"fixer" is taken; "fixer-2" is free.'],
])("%j as the names of two: %s", (text, problem) => {
  expect(forkNamesProblem(text, 2, taken, english)).toBe(problem);
});

test("the stages of many are told in a line", () => {
  const stages = new Map([
    ["a", "Starting"],
    ["b", "Waiting"],
    ["c", "Starting"],
  ]);
  expect(forkProgress(stages)).toBe("Starting: a, c; Waiting: b");
  const many = new Map(Array.from({ length: 9 }, (_, n) => [`f${n}`, "Starting"]));
  expect(forkProgress(many)).toBe("Starting: 9");
});
