import { describe, expect, it } from "vitest";
import { plainLines, plainMessage, plainTitle } from "../../../src/vscode/plainTitle.js";

const hostile = [
  "$(trash) $(sync~spin)",
  "[click](command:workbench.action.quit) **b** `c`",
  "<img src=x onerror=alert(1)>",
  "two\nlines\r\nand \u2028more",
  "abc\u202egnp.exe\u2066\u200f",
  "\u001b]0;title\u0007\u001b[31mred\u009b31m",
  "x".repeat(10_240),
];
// eslint-disable-next-line no-control-regex -- they are what it looks for
const active = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

describe("what the editor makes alive in plain text", () => {
  it.each(hostile.map((text) => [JSON.stringify(text).slice(0, 40), text]))("%s", (_, text) => {
    for (const shown of [plainTitle(text), plainMessage(text)]) {
      expect(shown).not.toContain("$(");
      expect(shown).not.toContain("](");
      expect(shown).not.toMatch(active);
      expect(shown).not.toContain("\n");
      expect(shown.length).toBeLessThanOrEqual(1000);
    }
    expect(plainTitle(text).length).toBeLessThanOrEqual(82);
    expect(plainLines(text)).not.toMatch(active);
    expect(plainLines(text).length).toBeLessThanOrEqual(4000);
  });

  it("leaves what people write as it is", () => {
    for (const text of ["web-3", "déjà vu (2)", "$HOME [x] (y)", "項目"])
      for (const shown of [plainTitle(text), plainMessage(text), plainLines(text)]) expect(shown).toBe(text);
    expect(plainLines("one\ntwo")).toBe("one\ntwo");
  });
});
