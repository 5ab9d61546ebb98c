import { expect, test } from "vitest";
import { walk, type Answer, type Step } from "../../../src/vscode/walk.js";

/** Questions that answer as scripted, and write down where they were asked. */
function scripted(names: readonly string[], script: Answer<string>["kind"][]) {
  const asked: string[] = [];
  const step =
    (name: string): Step<string> =>
    (answers, { step: at, total }) => {
      asked.push(`${name} ${at}/${total}`);
      const kind = script.shift() ?? "next";
      return Promise.resolve(kind === "next" ? { kind, value: `${answers}${name}` } : { kind });
    };
  return { asked, run: () => walk("", () => names.map(step)) };
}

test("Enter all the way gives every answer", async () => {
  const { asked, run } = scripted(["a", "b", "c"], []);
  expect(await run()).toBe("abc");
  expect(asked).toEqual(["a 1/3", "b 2/3", "c 3/3"]);
});

test("back asks the question before, with what was answered", async () => {
  const { asked, run } = scripted(["a", "b"], ["next", "back", "next", "next"]);
  expect(await run()).toBe("aab");
  expect(asked).toEqual(["a 1/2", "b 2/2", "a 1/2", "b 2/2"]);
});

test("closing any question ends it without an answer", async () => {
  expect(await scripted(["a", "b"], ["next", "cancelled"]).run()).toBeUndefined();
  expect(await scripted(["a"], ["back"]).run()).toBeUndefined();
});

test("answers can lead to more questions", async () => {
  const more: Step<number> = (n) => Promise.resolve({ kind: "next", value: n + 1 });
  expect(await walk(0, (n) => Array.from({ length: n === 0 ? 1 : 3 }, () => more))).toBe(3);
});
