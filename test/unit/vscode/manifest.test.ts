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
import { groupings } from "../../../src/vscode/arrangement.js";
import { bySelection } from "../../../src/vscode/selection.js";
import { viewStates } from "../../../src/vscode/viewState.js";

const root = join(import.meta.dirname, "../../..");

interface MenuItem {
  command?: string;
  submenu?: string;
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
    submenus: { id: string }[];
    keybindings: { command: string; args: unknown; when: string }[];
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
    for (const { command, submenu } of items) {
      if (submenu === undefined) expect(known).toContain(command);
      else expect(contributes.submenus.map(({ id }) => id)).toContain(submenu);
    }
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
  contextTags.snapshot,
  `${contextTags.snapshot}+${contextTags.gone}`,
  `${contextTags.snapshot}+${contextTags.away}`,
  contextTags.snapshots,
  ...["idle", "connecting", "live", "down", `down+${contextTags.hostKey}`].flatMap((link) => [
    `${contextTags.engine}+${link}`,
    `${contextTags.engine}+${link.replace(/^(\w+)/, `$1+${contextTags.removable}`)}`,
  ]),
  ...["project", "tag", "state", "foreign"].map((by) => `${contextTags.group}+${by}`),
  ...[...agentStates, contextTags.unstarted].flatMap((state) =>
    ["", `+${contextTags.busy}`].flatMap((busy) =>
      ["", `+${contextTags.away}`].map((away) => `${contextTags.foreign}+${state}${busy}${away}`),
    ),
  ),
  ...[...agentStates, contextTags.unstarted].flatMap((state) =>
    ["", `+${contextTags.key}`].flatMap((key) =>
      ["", `+${contextTags.busy}`].flatMap((busy) =>
        ["", `+${contextTags.away}`].map((away) => `${contextTags.agent}+${state}${key}${busy}${away}`),
      ),
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
/** The menu of a row, or of several selected ones of which this is the one that was clicked. */
const menuOf = (value: string, inline: boolean, several = false) =>
  rowMenu
    .filter(
      ({ when = "", group }) =>
        group?.startsWith("inline") === inline &&
        matching(when).includes(value) &&
        !when.includes(several ? "(!listMultiSelection" : "&& listMultiSelection"),
    )
    .map(({ command }) => command?.replace("agentContainers.", ""));

test("every entry of a row's menu can appear", () => {
  for (const { command, when } of rowMenu)
    expect(matching(when ?? ""), `${command}: ${when}`).not.toEqual([]);
});

test("what asks for several rows asks our own key too: VS Code's stays true where selected rows go away", () => {
  const asked = text.replaceAll(`listMultiSelection && !${contextKeys.selectionLost}`, "");
  const rest = asked.replaceAll(`(!listMultiSelection || ${contextKeys.selectionLost})`, "");
  expect(rest).not.toBe(asked);
  expect(rest).not.toContain("listMultiSelection");
  expect(rest).not.toContain(contextKeys.selectionLost);
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
  ["agent+unstarted", ["start"]],
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
  expect(menuOf("agent+running+key+busy", false)).toEqual(["copySshCommand", "logs", "showMetrics", "get"]);
  expect(menuOf("agent+invalid", false)).toEqual(["logs", "get", "destroy"]);
});

test.each([
  [
    "foreign+running",
    ["openShell", "stop"],
    ["openShell", "stop", "restart", "pause", "exec", "logs", "get", "copyContainerId"],
  ],
  ["foreign+paused", ["stop"], ["stop", "resume", "logs", "get", "copyContainerId"]],
  ["foreign+exited", ["start"], ["start", "restart", "logs", "get", "copyContainerId"]],
  ["foreign+running+busy", [], ["logs", "get", "copyContainerId"]],
  ["foreign+running+away", [], ["copyContainerId"]],
])("another program's container can be run and looked into, and no more: %s", (value, inline, menu) => {
  expect(menuOf(value, true)).toEqual(inline);
  expect(menuOf(value, false)).toEqual(menu);
});

test.each([
  ["agent+running+key", ["logs", "overlaps", "showMetrics"]],
  ["agent+stopped", ["logs", "showMetrics"]],
  ["agent+invalid", ["logs"]],
  ["agent+failed", []],
])("of several rows, mixed ones too, each verb is offered, and to look at them: %s", (clicked, looks) => {
  const verbs = ["start", "stop", "restart", "pause", "resume", "destroy", "copySshCommand"];
  expect([...new Set(menuOf(clicked, false, true))].sort()).toEqual([...verbs, ...looks].sort());
});

test("an agent whose engine is away has nothing but its login to copy", () => {
  for (const state of agentStates) {
    expect(menuOf(`agent+${state}+key+away`, true)).toEqual([]);
    expect(menuOf(`agent+${state}+key+away`, false)).toEqual(["copySshCommand"]);
  }
});

test.each([
  ["engine+live", ["createHere"], ["createHere", "reconnectEngine", "showEngine", "copyEndpoint", "prune"]],
  ["engine+connecting+removable", [], ["showEngine", "copyEndpoint", "removeEngine"]],
  ["engine+down", ["reconnectEngine"], ["reconnectEngine", "showEngine", "copyEndpoint"]],
  [
    "engine+down+removable+hostKey",
    ["reconnectEngine", "acceptHostKey"],
    ["acceptHostKey", "reconnectEngine", "showEngine", "copyEndpoint", "removeEngine"],
  ],
])("the actions of %s", (value, inline, menu) => {
  expect(menuOf(value, true)).toEqual(inline);
  expect(menuOf(value, false)).toEqual(menu);
});

test.each([
  [
    "snapshot",
    ["restore", "fork", "deleteSnapshot"],
    ["restore", "fork", "compareSnapshot", "compareSnapshots", "copySnapshotImage", "deleteSnapshot"],
  ],
  [
    "snapshot+gone",
    ["fork", "deleteSnapshot"],
    ["fork", "compareSnapshots", "copySnapshotImage", "deleteSnapshot"],
  ],
  ["snapshot+away", [], ["copySnapshotImage"]],
  ["snapshots", [], []],
])("the actions of %s: what is gone is not restored", (value, inline, menu) => {
  expect(menuOf(value, true)).toEqual(inline);
  expect(menuOf(value, false)).toEqual(menu);
});

test("several snapshots are compared and deleted at once", () => {
  expect(menuOf("snapshot", false, true)).toEqual([
    "compareSnapshots",
    "copySnapshotImage",
    "deleteSnapshot",
  ]);
});

test("keys work in the tree alone, on what is selected there", () => {
  for (const { command, args, when } of contributes.keybindings) {
    expect(when).toContain(`focusedView == ${viewIds.agents} && listFocus && !inputFocus`);
    const steps =
      command === "runCommands" ? (args as { commands: unknown[] }).commands : [{ command, args }];
    const own = steps.at(-1) as { command: string; args: unknown };
    expect(known).toContain(own.command);
    expect(bySelection([own.args])).toBe(true);
  }
});

test("each grouping has its check mark", () => {
  const menu = contributes.menus["agentContainers.groupBy"] ?? [];
  for (const grouping of groupings) {
    const marked = menu.filter(({ when }) => when === `${contextKeys.grouping} == '${grouping}'`);
    const plain = menu.filter(({ when }) => when === `${contextKeys.grouping} != '${grouping}'`);
    const title = (id = "") => strings[`command.${id.replace("agentContainers.", "")}`];
    expect([marked.length, plain.length]).toEqual([1, 1]);
    expect(title(marked[0]?.command)).toBe(`✓ ${title(plain[0]?.command)}`);
  }
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
