import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agentStates } from "../../../src/model/agent.js";
import {
  commandIds,
  contextKeys,
  contextTags,
  settingKeys,
  settingsSection,
  viewIds,
} from "../../../src/vscode/ids.js";
import { viewStates } from "../../../src/vscode/viewState.js";

const root = join(import.meta.dirname, "../../..");

interface MenuItem {
  command: string;
  when?: string;
  group?: string;
}

interface Manifest {
  activationEvents: string[];
  contributes: {
    commands: { command: string; title: string; category: string }[];
    views: Record<string, { id: string }[]>;
    viewsContainers: { activitybar: { id: string; icon: string }[] };
    viewsWelcome: { view: string; contents: string; when: string }[];
    menus: Record<string, MenuItem[]>;
    configuration: { properties: Record<string, { scope?: string }> };
    walkthroughs: { steps: { media: { svg: string }; description: string }[] }[];
  };
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
}

const text = await readFile(join(root, "package.json"), "utf8");
const manifest = JSON.parse(text) as Manifest;
const strings = JSON.parse(await readFile(join(root, "package.nls.json"), "utf8")) as Record<string, string>;
const { contributes } = manifest;
const known: readonly string[] = Object.values(commandIds);

const sources = await Promise.all(
  (await readdir(join(root, "src/vscode"))).map((name) => readFile(join(root, "src/vscode", name), "utf8")),
);

test("every contributed command has an id, and every id is contributed", () => {
  expect(contributes.commands.map(({ command }) => command).sort()).toEqual([...known].sort());
});

test("every command, menu and link names a known command", () => {
  for (const items of Object.values(contributes.menus)) {
    for (const { command } of items) expect(known).toContain(command);
  }
  const linked = Object.values(strings).flatMap((string) =>
    [...string.matchAll(/command:([\w.]+)/g)].flatMap(([, id]) => id ?? []),
  );
  const ours = linked.filter((id) => id.startsWith("agentContainers."));
  expect(ours.length).toBeGreaterThan(5);
  for (const id of ours) expect(known).toContain(id);
});

test("the views are those of the table", () => {
  expect(contributes.viewsContainers.activitybar.map(({ id }) => id)).toEqual([viewIds.container]);
  expect(contributes.views[viewIds.container]?.map(({ id }) => id)).toEqual([viewIds.agents]);
});

test("every setting is in the table and read, and none of them can be set by a folder", () => {
  const settings = Object.values(settingKeys).map((key) => `${settingsSection}.${key}`);
  expect(Object.keys(contributes.configuration.properties).sort()).toEqual([...settings].sort());
  const reader = sources.find((source) => source.includes("export function readSettings"));
  for (const key of Object.keys(settingKeys)) expect(reader).toContain(`settingKeys.${key}`);
  for (const { scope } of Object.values(contributes.configuration.properties))
    expect(scope).toBe("application");
  for (const restricted of manifest.capabilities.untrustedWorkspaces.restrictedConfigurations) {
    expect(settings).toContain(restricted);
  }
});

test("each page of the view is for a state that exists, and each state that needs a page has one", () => {
  const states = contributes.viewsWelcome.map(({ when }) => {
    const match = new RegExp(`^${contextKeys.view} == '(\\w+)'$`).exec(when);
    return match?.[1] ?? when;
  });
  expect(states.sort()).toEqual(
    viewStates.filter((state) => state !== "loading" && state !== "agents").sort(),
  );
});

/** Every value that a row's `contextValue` can have. */
const contextValues = [
  contextTags.endpoint,
  ...["idle", "connecting", "live", "down"].map((link) => `${contextTags.engine}+${link}`),
  ...agentStates.flatMap((state) =>
    ["", `+${contextTags.key}`].flatMap((key) =>
      ["", `+${contextTags.busy}`].map((busy) => `${contextTags.agent}+${state}${key}${busy}`),
    ),
  ),
];

function matching(when: string): string[] {
  const pattern = /viewItem =~ \/(.+?)\/(?= |$)/.exec(when)?.[1];
  if (pattern !== undefined) return contextValues.filter((value) => new RegExp(pattern).test(value));
  const exact = /viewItem == (\S+)/.exec(when)?.[1];
  return contextValues.filter((value) => value === exact);
}

const rowMenu = contributes.menus["view/item/context"] ?? [];
const menuOf = (value: string, inline: boolean) =>
  rowMenu
    .filter(
      ({ when, group }) => group?.startsWith("inline") === inline && matching(when ?? "").includes(value),
    )
    .map(({ command }) => command.replace("agentContainers.", ""));

test("every entry of a row's menu can appear", () => {
  for (const { command, when } of rowMenu)
    expect(matching(when ?? ""), `${command}: ${when}`).not.toEqual([]);
});

test("no row has more than three inline actions", () => {
  for (const value of contextValues) expect(menuOf(value, true).length, value).toBeLessThanOrEqual(3);
});

test.each([
  ["agent+running+key", ["openWorkspace", "openTerminal", "stop"]],
  ["agent+running", ["stop"]],
  ["agent+stopped+key", ["openWorkspace", "start"]],
  ["agent+exited+key", ["openWorkspace", "start"]],
  ["agent+failed", ["showFailureLog", "dismissFailure"]],
  ["agent+creating+busy", []],
  ["agent+running+key+busy", []],
])("inline actions of %s", (value, actions) => {
  expect(menuOf(value, true)).toEqual(actions);
});

test("a running agent can be stopped and destroyed, a stopped one started; a busy one is left alone", () => {
  expect(menuOf("agent+running+key", false)).toEqual(
    expect.arrayContaining(["stop", "destroy", "exec", "restart"]),
  );
  expect(menuOf("agent+running+key", false)).not.toContain("start");
  expect(menuOf("agent+stopped+key", false)).toEqual(expect.arrayContaining(["start", "destroy"]));
  expect(menuOf("agent+stopped+key", false)).not.toContain("stop");
  expect(menuOf("agent+running+key+busy", false)).toEqual(["copySshCommand", "logs", "get"]);
  expect(menuOf("agent+invalid", false)).toEqual(["logs", "get", "destroy"]);
});

test("every text of the manifest is translated, and nothing translated is unused", () => {
  const used = new Set([...text.matchAll(/"%([\w.]+)%"/g)].map(([, key]) => key));
  expect([...used].sort()).toEqual(Object.keys(strings).sort());
});

test("the pictures that the manifest names are there", async () => {
  const media = await readdir(join(root, "media"));
  for (const { steps } of contributes.walkthroughs) {
    for (const step of steps) expect(media).toContain(step.media.svg.replace("media/", ""));
  }
  for (const { icon } of contributes.viewsContainers.activitybar)
    expect(media).toContain(icon.replace("media/", ""));
});
