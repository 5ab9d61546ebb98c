import { expect, test } from "vitest";
import type { Picture } from "../../../src/app/core.js";
import {
  recallArrangement,
  rememberArrangement,
  usualArrangement,
  type Arrangement,
} from "../../../src/vscode/arrangement.js";
import { arrangeRows } from "../../../src/vscode/arrangeRows.js";
import { engineLabels } from "../../../src/vscode/engineLabel.js";
import { createMatcher, noFilter, type FilterToggle } from "../../../src/vscode/filter.js";
import { aPicture, anEngine, aRow, refused } from "./rows.js";

const near = "unix:///near.sock";
const far = "ssh://far";
const row = (name: string, engine: string, agent = {}) =>
  aRow({ id: `agent-${name}`, name, engine, ...agent });
const rows = [
  row("api", near, { project: "web", tags: { team: "red" } }),
  row("bot", far, { project: "web", state: "exited", tags: { team: "blue" } }),
  row("cat", near, { state: "stopped" }),
];
const two = aPicture(rows, [anEngine({ kind: "live" }, near), anEngine({ kind: "live" }, far)]);

/** `label: below, below` of each row of the first level. */
function outline(picture: Picture, arrangement: Partial<Arrangement>, projects: string[] = []): string[] {
  return arrangeRows(picture, { ...usualArrangement, ...arrangement }, projects).roots.map((root) => {
    if (root.kind === "agent") return root.row.agent.name;
    return `${root.id}: ${root.agents.map((agent) => agent.row.agent.name).join(", ")}`;
  });
}

test("one engine needs no level; several stand above their agents, empty ones too", () => {
  expect(outline(aPicture(rows.slice(0, 1), [anEngine({ kind: "live" }, near)]), {})).toEqual(["api"]);
  expect(outline(two, {})).toEqual([`engine ${near}: api, cat`, `engine ${far}: bot`]);
  expect(outline({ ...two, agents: [] }, {})).toEqual([`engine ${near}: `, `engine ${far}: `]);
});

test("groups are by project, tag and state, those without last", () => {
  expect(outline(two, { grouping: "project" })).toEqual(["project web: api, bot", "project : cat"]);
  expect(outline(two, { grouping: "tag", tagKey: "team" })).toEqual([
    "tag team=blue: bot",
    "tag team=red: api",
    "tag team=: cat",
  ]);
  expect(outline(two, { grouping: "state" })).toEqual([
    "state running: api",
    "state stopped: cat",
    "state exited: bot",
  ]);
});

test("an engine that is away is said in every grouping, and its agents are shown as last seen", () => {
  const picture = { ...two, engines: [anEngine({ kind: "live" }, near), anEngine(refused, far)] };
  expect(outline(picture, { grouping: "project" })).toEqual([
    "project web: api, bot",
    "project : cat",
    `engine ${far}: `,
  ]);
  const { roots } = arrangeRows(picture, usualArrangement, []);
  const away = roots.flatMap((root) =>
    root.kind === "engine" ? root.agents.map(({ place }) => place.away) : [],
  );
  expect(away).toEqual([false, false, true]);
});

test("ids are the same in every grouping, and no two rows share one", () => {
  const twins = [row("api", near), row("api", far), row("api", near, { containerId: "other" })];
  const picture = { ...two, agents: twins };
  const ids = (grouping: Arrangement["grouping"]) =>
    arrangeRows(picture, { ...usualArrangement, grouping }, [])
      .roots.flatMap((root) => (root.kind === "agent" ? [root.id] : root.agents.map(({ id }) => id)))
      .sort();
  expect(new Set(ids("engine")).size).toBe(3);
  expect(ids("state")).toEqual(ids("engine"));
});

test("a filter that lets nothing through leaves nothing, so that the view can say so", () => {
  const filter = { text: "nowhere", toggles: [] };
  expect(arrangeRows(two, { ...usualArrangement, filter }, [])).toEqual({ roots: [], all: 3, shown: 0 });
});

const matched = (text: string, toggles: FilterToggle[] = [], projects: string[] = []) =>
  rows.filter(createMatcher({ text, toggles }, projects)).map(({ agent }) => agent.name);

test("words are looked for in names, tags, projects, images and states, all of them, in any case", () => {
  expect(matched("API")).toEqual(["api"]);
  expect(matched("team=")).toEqual(["api", "bot"]);
  expect(matched("web exited")).toEqual(["bot"]);
  expect(matched("bookworm cat")).toEqual(["cat"]);
  expect(matched("command")).toHaveLength(3);
  expect(matched("a.i")).toEqual([]);
  expect(matched(noFilter.text)).toHaveLength(3);
});

test("toggles of states widen each other, the folder narrows", () => {
  expect(matched("", ["running"])).toEqual(["api"]);
  expect(matched("", ["running", "stopped"])).toEqual(["api", "cat"]);
  expect(matched("", ["exited"])).toEqual(["bot"]);
  expect(matched("", ["folder"], ["web"])).toEqual(["api", "bot"]);
  expect(matched("", ["folder", "exited"], ["web"])).toEqual(["bot"]);
  expect(matched("", ["waiting"])).toEqual([]);
  const waiting = aRow({ sessions: [{ name: "main", state: "waiting" }] });
  expect(createMatcher({ text: "", toggles: ["waiting"] }, [])(waiting)).toBe(true);
});

test("the arrangement is remembered, and what cannot be read is the usual one", async () => {
  const stored = new Map<string, unknown>();
  const memory = {
    get: (key: string) => stored.get(key),
    update: async (key: string, value: unknown) => void stored.set(key, JSON.parse(JSON.stringify(value))),
  };
  expect(recallArrangement(memory)).toEqual(usualArrangement);
  const chosen: Arrangement = {
    grouping: "tag",
    tagKey: "team",
    filter: { text: "x", toggles: ["exited", "folder"] },
    closed: Array.from({ length: 300 }, (_, n) => `project ${n}`),
  };
  await rememberArrangement(memory, chosen);
  const recalled = recallArrangement(memory);
  expect(recalled).toEqual({ ...chosen, closed: chosen.closed.slice(100) });
  for (const odd of [
    7,
    { grouping: "planet" },
    { grouping: "tag" },
    { filter: { toggles: "x" }, closed: [1] },
  ]) {
    expect(recallArrangement({ ...memory, get: () => odd })).toEqual(usualArrangement);
  }
});

test("engines are called by their context, their host or their socket, in full where that is not one", () => {
  const names = [
    "tcp://10.0.0.1:2376",
    "ssh://me@big:2222/run/d.sock",
    "unix:///var/run/docker.sock",
    "unix:///home/someone/of/long/name/docker.sock",
    "ssh://twin/a.sock",
    "ssh://twin/b.sock",
  ];
  const labels = engineLabels(names, new Map([["tcp://10.0.0.1:2376", ["context:build"]]]));
  expect([...labels.values()]).toEqual([
    "build",
    "me@big:2222",
    "/var/run/docker.sock",
    "…/name/docker.sock",
    "ssh://twin/a.sock",
    "ssh://twin/b.sock",
  ]);
});
