import { expect, test } from "vitest";
import { hostArguments } from "../../../src/vscode/sshCommand.js";
import { engineItem } from "../../../src/vscode/engineItem.js";
import { failedStep } from "../../../src/vscode/engineStep.js";
import { groupItem } from "../../../src/vscode/groupItem.js";
import { english } from "../../../src/vscode/text.js";
import { anEngine, aRow } from "./rows.js";

const health = {
  engine: "tcp://big:2376",
  reachable: true,
  latencyMs: 3.4,
  version: "28.5.1",
  apiVersion: "1.51",
  capabilities: {
    architecture: "x86_64",
    operatingSystem: "Debian [evil](command:x)",
    cpus: 8,
    memoryBytes: 16 * 1024 ** 3,
    cgroupVersion: "2",
    gpu: false,
    buildKit: true,
    volumeSubpath: true,
  },
};

test("a live engine says its version and its agents, and in the tooltip its health", () => {
  const rows = [aRow(), aRow({ state: "exited" }), aRow({ sessions: [{ name: "a", state: "waiting" }] })];
  const item = engineItem({ ...anEngine(), health }, english, rows);
  expect(item.description).toBe("Docker 28.5.1 · 2 of 3 running · 1 waiting · 1 ended unexpectedly");
  expect(item.tooltip).toMatch(/API 1\\.51/);
  expect(item.tooltip).toContain("3 ms");
  expect(item.tooltip).toContain("BuildKit, volume subpaths");
  expect(item.tooltip).not.toContain("[evil](");
  expect(engineItem({ ...anEngine(), health }, english).description).toBe("Docker 28.5.1 · no agents");
  expect(item.contextValue).toBe("engine+live");
  expect(engineItem(anEngine(), english, [], { removable: true }).contextValue).toBe("engine+live+removable");
});

test("an unknown host key can be looked at", () => {
  const problem = { code: "HOST_KEY_UNKNOWN", message: "Not known.", remedy: "Look at it." } as const;
  const item = engineItem(anEngine({ kind: "down", problem, retryAt: 0 }), english, [], { removable: true });
  expect(item.contextValue).toBe("engine+down+removable+hostKey");
  expect(item.tooltip).toContain("Look at it");
  expect(hostArguments({ kind: "ssh", host: "-oProxyCommand=x", port: 22, user: "me" }, "/c")).toEqual([
    "-F",
    "/c",
    "-p",
    "22",
    "-l",
    "me",
    "--",
    "-oProxyCommand=x",
    "exit",
  ]);
  expect(hostArguments({ kind: "ssh", host: "big" }, undefined)).toEqual(["--", "big", "exit"]);
});

test.each([
  ["ENGINE_NOT_FOUND", "finding it"],
  ["ENGINE_UNREACHABLE", "connecting"],
  ["ENGINE_TLS", "the TLS handshake"],
  ["ENGINE_PERMISSION", "using its socket"],
  ["SSH_AUTH", "the SSH login"],
  ["HOST_KEY_UNKNOWN", "checking the host's SSH key"],
] as const)("%s failed at %s", (code, step) => {
  const away = { ...health, reachable: false, problem: { code, message: "m" } };
  expect(failedStep(away, english)).toBe(step);
});

test("an engine that answers half is not said to be connecting", () => {
  expect(failedStep(health, english)).toBeUndefined();
  const half = { ...health, problem: { code: "ENGINE_TIMEOUT", message: "m" } as const };
  expect(failedStep(half, english)).toBe("asking what it can do");
});

test("groups say what they are to a screen reader, and text of a container stays text", () => {
  const group = (by: "project" | "tag" | "state", key: string) =>
    groupItem(
      { kind: "group", id: "g", by, key, rows: [aRow(), aRow({ state: "failed" })] },
      "team",
      english,
    );
  expect(group("project", "web").accessibilityLabel).toBe("Project web, 1 of 2 running · 1 failed");
  expect(group("tag", "")).toMatchObject({ label: "(none)", contextValue: "group+tag" });
  expect(group("tag", "x](command:evil)").tooltip).not.toContain("](command");
  expect(group("state", "exited")).toMatchObject({
    label: "exited",
    description: "2",
    icon: { id: "error" },
  });
});
