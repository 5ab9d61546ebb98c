import { expect, test } from "vitest";
import type { ErrorCode } from "../../../src/model/errors.js";
import { canShow, engineProblem, isSettled, viewState } from "../../../src/vscode/viewState.js";
import { statusText } from "../../../src/vscode/statusText.js";
import { english } from "../../../src/vscode/text.js";
import { aPicture, anEngine, aRow, refused } from "./rows.js";

const known = (picture: ReturnType<typeof aPicture>) => ({ picture, problem: undefined });
const down = (code: ErrorCode) =>
  known(aPicture([], [anEngine({ kind: "down", problem: { code, message: "m" }, retryAt: 0 })]));
const nothing = { picture: undefined, problem: undefined };

test("nothing is said before it is known", () => {
  expect(viewState(nothing)).toBe("loading");
  expect(viewState(known(aPicture([], [])))).toBe("loading");
  expect(viewState(known(aPicture([], [anEngine({ kind: "connecting" })])))).toBe("loading");
  expect(isSettled(nothing)).toBe(false);
});

test.each([
  ["ENGINE_NOT_FOUND", "noEngine"],
  ["ENGINE_PERMISSION", "noPermission"],
  ["ENGINE_TIMEOUT", "timeout"],
  ["ENGINE_UNREACHABLE", "unreachable"],
  ["HOST_KEY_UNKNOWN", "hostKey"],
  ["ENGINE_TLS", "unreachable"],
] as const)("%s has the page %s", (code, page) => {
  expect(viewState(down(code))).toBe(page);
});

test("a setting that names no engine is a problem too", () => {
  const problem = { code: "ENGINE_NOT_FOUND", message: "m" } as const;
  expect(viewState({ picture: undefined, problem })).toBe("noEngine");
  expect(isSettled({ picture: undefined, problem })).toBe(true);
});

test("a live engine is empty or has agents; known agents stay while it is away", () => {
  expect(viewState(known(aPicture([])))).toBe("empty");
  expect(viewState(known(aPicture([aRow()])))).toBe("agents");
  expect(viewState(known(aPicture([aRow()], [anEngine(refused)])))).toBe("agents");
});

test("one of two engines away is no problem of all", () => {
  expect(engineProblem(known(aPicture([], [anEngine(), anEngine(refused, "b")])))).toBeUndefined();
});

const status = (state: Parameters<typeof statusText>[0]) => statusText(state, english);

test("the status bar counts running and all", () => {
  const rows = [aRow(), aRow({ state: "unhealthy" }), aRow({ state: "stopped" })];
  expect(status(known(aPicture(rows)))).toMatchObject({ text: "$(vm) 2/3", warning: false });
});

test("it warns of unexpected exits and of an engine that is away", () => {
  const exited = status(known(aPicture([aRow(), aRow({ state: "exited" })])));
  expect(exited).toMatchObject({ text: "$(vm) 1/2 $(error) 1", warning: true });
  expect(exited.accessibilityLabel).toContain("1 ended unexpectedly");
  const away = status(known(aPicture([], [anEngine(refused)])));
  expect(away.warning).toBe(true);
  expect(away.tooltip).toContain("It refused");
  expect(away.tooltip).toContain("Start it");
});

test("a machine without Docker is not alarmed", () => {
  expect(status(down("ENGINE_NOT_FOUND")).warning).toBe(false);
});

test("it says that it is connecting", () => {
  expect(status(nothing).accessibilityLabel).toContain("connecting");
});

test("what one engine lists is shown while another is still being tried", () => {
  const picture = aPicture([aRow()], [anEngine(), anEngine({ kind: "connecting" }, "b")]);
  expect([canShow(known(picture)), isSettled(known(picture))]).toEqual([true, false]);
  expect(canShow(known(aPicture([], [anEngine({ kind: "connecting" })])))).toBe(false);
  expect(status(known(picture)).text).toBe("$(vm) 1/1");
});
