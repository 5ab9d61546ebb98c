import { expect, test } from "vitest";
import { AgentError, errorCodes } from "../../../src/model/errors.js";
import { errorActions, errorText } from "../../../src/vscode/errorActions.js";

const everything = { retry: true, rename: true, network: true, changeAnswers: true };
const kinds = (error: AgentError, offers = everything) => errorActions(error, offers).map(({ kind }) => kind);

test.each([
  ["ENGINE_NOT_FOUND", ["retry", "chooseEngine"]],
  ["ENGINE_PERMISSION", ["retry", "chooseEngine"]],
  ["PREPARE_FAILED", ["showLog", "retry"]],
  ["START_FAILED", ["showLog", "retry"]],
  ["SPEC_INVALID", ["changeAnswers"]],
  ["NOT_FOUND", ["create"]],
  ["SNAPSHOT_NOT_FOUND", ["refresh", "retry"]],
  ["SNAPSHOT_LOSSY", ["create"]],
  ["WORKSPACE_UNTRUSTED", ["manageTrust", "retry"]],
  ["NO_SPACE", ["prune", "retry", "showLog"]],
  ["SECRET_UNAVAILABLE", ["setSecret", "retry", "changeAnswers"]],
] as const)("%s is answered with %j", (code, actions) => {
  expect(kinds(new AgentError(code, "x"))).toEqual(actions);
});

test("a taken name can be exchanged for the free one", () => {
  const error = new AgentError("NAME_CONFLICT", "x", { suggestion: "fixer-2" });
  expect(errorActions(error, everything)[0]).toEqual({ kind: "useName", name: "fixer-2" });
  expect(kinds(error, { ...everything, rename: false })).toEqual(["changeAnswers"]);
});

test("a network that exists otherwise can be used as it is, or another one set", () => {
  const exists = new AgentError("NETWORK_CONFLICT", "x", { suggestion: "agents" });
  expect(errorActions(exists, everything)[0]).toEqual({ kind: "useNetwork", name: "agents" });
  expect(kinds(exists, { ...everything, network: false })).toEqual(["networkSettings", "retry"]);
  expect(kinds(new AgentError("NETWORK_CONFLICT", "x"))).toEqual(["networkSettings", "retry"]);
});

test("nothing is offered that cannot be done, and there are never more than three buttons", () => {
  for (const code of errorCodes) {
    const error = new AgentError(code, "x");
    expect(kinds(error, { ...everything, retry: false })).not.toContain("retry");
    expect(kinds(error).length).toBeLessThanOrEqual(3);
  }
});

test("the text is the sentence and the remedy", () => {
  expect(errorText(new AgentError("NO_SPACE", "It is full.", { remedy: "Make room." }))).toBe(
    "It is full. Make room.",
  );
  expect(errorText(new AgentError("NO_SPACE", "It is full."))).toBe("It is full.");
});
