import { describe, expect, it } from "vitest";
import { renderSshdEnvironment } from "../../../src/ssh/sshdEnvironment.js";

describe("renderSshdEnvironment", () => {
  it("is one line, sorted and quoted", () => {
    expect(renderSshdEnvironment({ B: "two words", A: "1", EMPTY: "" })).toEqual({
      line: 'SetEnv "A=1" "B=two words" "EMPTY="',
      leftOut: [],
    });
  });

  it("is empty for an empty environment", () => {
    expect(renderSshdEnvironment({})).toEqual({ line: "", leftOut: [] });
  });

  it("leaves out what no line can carry, by name", () => {
    const env = {
      KEY: "a\nPermitRootLogin yes",
      CR: "a\rb",
      NUL: "a\0b",
      "BAD NAME": "x",
      "1A": "x",
      OK: "x",
    };
    expect(renderSshdEnvironment(env)).toEqual({
      line: 'SetEnv "OK=x"',
      leftOut: ["1A", "BAD NAME", "CR", "KEY", "NUL"],
    });
  });

  it("escapes only where sshd would read something else", () => {
    expect(renderSshdEnvironment({ A: String.raw`C:\dir` }).line).toBe(String.raw`SetEnv "A=C:\dir"`);
    expect(renderSshdEnvironment({ A: String.raw`say "x"` }).line).toBe(String.raw`SetEnv "A=say \"x\""`);
    expect(renderSshdEnvironment({ A: "end\\" }).line).toBe('SetEnv "A=end\\\\"');
    expect(renderSshdEnvironment({ A: "\\\\" }).line).toBe('SetEnv "A=\\\\\\\\"');
    expect(renderSshdEnvironment({ A: "\\'" }).line).toBe('SetEnv "A=\\\\\'"');
  });
});
