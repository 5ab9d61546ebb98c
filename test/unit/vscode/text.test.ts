import { expect, test } from "vitest";
import { age, english, escapeMarkdown } from "../../../src/vscode/text.js";

const now = Date.parse("2026-01-02T00:00:00.000Z");

test.each([
  ["2026-01-01T23:59:30.000Z", "just now"],
  ["2026-01-01T23:58:59.000Z", "1 min"],
  ["2026-01-01T22:00:00.000Z", "2 h"],
  ["2025-12-30T23:00:00.000Z", "2 d"],
  ["2026-01-03T00:00:00.000Z", "just now"],
  ["nonsense", ""],
  [undefined, ""],
])("the age of %s is %s", (iso, text) => {
  expect(age(iso, now, english)).toBe(text);
});

test("values are put in as they are, also where they look like placeholders", () => {
  expect(english("{0} and {1}, {2}", "{1}", "$&")).toBe("{1} and $&, {2}");
});

test("plain words stay readable", () => {
  expect(escapeMarkdown("my agent 1")).toBe("my agent 1");
  expect(escapeMarkdown("a_b & <c>")).toBe("a\\_b &amp; &lt;c&gt;");
});
