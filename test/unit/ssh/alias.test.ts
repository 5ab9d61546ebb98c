import { describe, expect, it } from "vitest";
import { sshAlias } from "../../../src/ssh/alias.js";

const none = new Set<string>();

describe("sshAlias", () => {
  it.each([
    ["fix-login", "ac-fix-login"],
    ["Fix Login", "ac-fix-login"],
    ["Müller", "ac-muller"],
    ["a..b", "ac-a.b"],
    ['a/b@c:d+e%f"g', "ac-a-b-c-d-e-f-g"],
    ["-.x.-", "ac-x"],
    ["a-.-b", "ac-a.b"],
    ["x".repeat(300), `ac-${"x".repeat(40)}`],
  ])("makes of %j %j", (name, alias) => {
    expect(sshAlias(name, "1a2b3c", none)).toBe(alias);
  });

  it("falls back to the id where the name leaves nothing", () => {
    expect(sshAlias("日本語", "1a2b3c", none)).toBe("ac-1a2b3c");
  });

  it("adds the short id to a taken alias, and a counter to that", () => {
    expect(sshAlias("bob", "1a2b", new Set(["ac-bob"]))).toBe("ac-bob-1a2b");
    expect(sshAlias("bob", "1a2b", new Set(["ac-bob", "ac-bob-1a2b"]))).toBe("ac-bob-1a2b-2");
    expect(sshAlias("bob", "1a2b", new Set(["ac-bob", "ac-bob-1a2b", "ac-bob-1a2b-2"]))).toBe(
      "ac-bob-1a2b-3",
    );
  });

  it("never cuts a name so that it ends in a dash", () => {
    expect(sshAlias(`${"x".repeat(39)}-y`, "1a2b", none)).toBe(`ac-${"x".repeat(39)}`);
  });
});
