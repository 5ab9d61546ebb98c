import { expect, test } from "vitest";
import { engineItem } from "../../../src/vscode/engineItem.js";
import { healing } from "../../../src/vscode/healing.js";
import { specDefaults } from "../../../src/vscode/specDefaults.js";
import { sshCommand, terminalArguments } from "../../../src/vscode/sshCommand.js";
import { english } from "../../../src/vscode/text.js";
import { anAgent, anEngine, refused } from "./rows.js";

const heal = (state: ReturnType<typeof anAgent>["state"]) =>
  healing("ssh-remote+ac-fixer", [anAgent({ state })]).action;

test("a window's agent is started, asked for when it was stopped, and left alone when it runs", () => {
  expect(heal("running")).toBe("none");
  expect(heal("stopped")).toBe("ask");
  expect(heal("exited")).toBe("start");
  expect(heal("unhealthy")).toBe("start");
});

test("other remotes are none of ours", () => {
  const agents = [anAgent({ state: "exited" })];
  expect(healing("ssh-remote+ac-fixer-2", agents).agent).toBeUndefined();
  expect(healing("wsl+ac-fixer", agents).agent).toBeUndefined();
  expect(healing("ssh-remote+ac-fixer", [anAgent({ ssh: null, state: "exited" })]).action).toBe("none");
});

test("ssh gets its arguments one by one", () => {
  const { ssh } = anAgent();
  if (!ssh) throw new Error("the builder gives a key");
  expect(terminalArguments({ ...ssh, configFile: "/a b/config" }, "/it's here")).toEqual([
    "-F",
    "/a b/config",
    "-t",
    "ac-fixer",
    `cd '/it'\\''s here'; exec "$SHELL" -l`,
  ]);
  expect(sshCommand(ssh)).toBe("ssh ac-fixer");
});

test("settings fill what a request leaves open, and only that", () => {
  const settings = {
    network: undefined,
    defaultImage: "a",
    defaultCpus: undefined,
    defaultMemory: "1g",
    idleTimeout: 0,
    secrets: [] as string[],
  };
  expect(specDefaults({ image: "b" }, settings)).toEqual({ image: "b", memory: "1g", idleTimeout: 0 });
  const withSecret = { ...settings, secrets: ["KEY"] };
  expect(specDefaults({}, withSecret).secrets).toEqual({ KEY: { stored: "KEY" } });
  expect(specDefaults({ secrets: {} }, withSecret).secrets).toEqual({});
});

test("an engine that is away says why", () => {
  expect(engineItem(anEngine(refused), english)).toMatchObject({
    description: "It refused.",
    icon: { id: "error" },
    contextValue: "engine+down",
  });
});
