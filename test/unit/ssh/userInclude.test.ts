import { describe, expect, it } from "vitest";
import { includeLine, isIncluded, withInclude, withoutInclude } from "../../../src/ssh/userInclude.js";

const path = "/home/u/.ssh/agent-containers/config";
const bytes = (text: string) => Buffer.from(text, "utf8").toString("latin1");

describe("the Include line", () => {
  it.each([
    ["nothing", ""],
    ["one line", "Host a\n  Port 2\n"],
    ["no final newline", "Host a"],
    ["CRLF", "Host a\r\n  Port 2\r\n"],
    ["mixed line ends", "# a\r\nHost a\n\r\nPort 3\r"],
    ["a byte order mark", "\uFEFF# mine\nHost a\n"],
    ["only a byte order mark", "\uFEFF"],
    ["blank lines first", "\n\n\nHost a\n"],
    ["an Include of another tool", "Include ~/.orbstack/ssh/config\nHost a\n"],
    ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe, 0x0a, 0x80]).toString("latin1")],
  ])("goes on top and comes out without a trace: %s", (_name, text) => {
    const before = _name.startsWith("bytes") ? text : bytes(text);
    const after = withInclude(before, path);
    expect(isIncluded(after, path)).toBe(true);
    expect(withInclude(after, path)).toBe(after);
    expect(withoutInclude(after, path)).toBe(before);
    const first = after.replace(bytes("\uFEFF"), "").split(/\r?\n/)[1];
    expect(first).toBe(includeLine(path));
  });

  it("keeps the file's line ends and its byte order mark in front", () => {
    expect(withInclude("Host a\r\n", path)).toMatch(/^# .*\r\nInclude .*\r\nHost a\r\n$/);
    expect(withInclude(bytes("\uFEFFHost a\n"), path).startsWith(bytes("\uFEFF# "))).toBe(true);
  });

  it("does not count below a directive, where it would be of one host only or lose", () => {
    const line = includeLine(path);
    expect(isIncluded(`Host a\n${line}\n`, path)).toBe(false);
    expect(isIncluded(`User me\n${line}\n`, path)).toBe(false);
    expect(isIncluded(`# comment\n\ninclude other\n${line}\n`, path)).toBe(true);
    expect(isIncluded(`INCLUDE="${path}"\n`, path)).toBe(true);
    expect(isIncluded(`#${line}\n`, path)).toBe(false);
    expect(isIncluded(`${line}2\n`, path)).toBe(false);
  });

  it("is moved to the top, and is there once", () => {
    const low = `Host a\n${withInclude("", path)}`;
    const moved = withInclude(low, path);
    expect(moved.endsWith("\nHost a\n")).toBe(true);
    expect(moved.split(includeLine(path))).toHaveLength(2);
  });

  it("leaves lines that only look like ours", () => {
    const text = `Include ${path}.d\n# ${includeLine(path)}\n`;
    expect(withoutInclude(text, path)).toBe(text);
  });

  it("quotes spaces and escapes what Include would take for a pattern", () => {
    expect(includeLine("/home/a b/config")).toBe('Include "/home/a b/config"');
    expect(includeLine("/home/[x]*?/config")).toBe("Include /home/\\[x\\]\\*\\?/config");
    const accented = "/home/grün er/config";
    expect(isIncluded(withInclude("", accented), accented)).toBe(true);
  });
});
