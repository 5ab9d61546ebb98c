import { expect, it } from "vitest";
import { fileError, fileProblem } from "../../../../src/workspace/files/fileErrors.js";

it.each([
  ["cat: /x: Permission denied", "FORBIDDEN"],
  ["sh: 3: cannot create /x: Permission denied", "FORBIDDEN"],
  ["touch: /x: Read-only file system", "FORBIDDEN"],
  ["cat: write error: No space left on device", "NO_SPACE"],
  ["sh: 1: cannot create /a/b: Directory nonexistent", "NOT_FOUND"],
  ["sh: can't create /a/b: nonexistent directory", "NOT_FOUND"],
  ["ls: cannot access '/Permission denied': No such file or directory", "NOT_FOUND"],
  ["rmdir: failed to remove '/x': Directory not empty", "NOT_EMPTY"],
  ["agent-containers: Is a directory", "IS_FOLDER"],
  ["agent-containers: cut short", "ENGINE_UNREACHABLE"],
  ["sh: tar: not found", "EXEC_FAILED"],
  ["", "EXEC_FAILED"],
])("%j is %s", (said, code) => {
  expect(fileError("/x", said)).toMatchObject({ code });
});

it("a path is shown on one line, without what a terminal obeys", () => {
  expect(fileProblem("NOT_FOUND", "/a\n\u001b[31m").message).toBe("There is no /a??[31m in the agent.");
});
