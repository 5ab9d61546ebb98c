import { expect, test } from "vitest";
import { namedTargets, readCall } from "../../../src/vscode/call.js";
import { bySelection, selectedRows } from "../../../src/vscode/selection.js";
import { anAgent, aRow } from "./rows.js";

const node = (id: string) => ({ kind: "agent" as const, row: aRow({ id }) });
const read = (...args: unknown[]) => readCall(args, true);

test("nothing, and rows of the tree, are a user's", () => {
  expect(read()).toMatchObject({ by: "user", nodes: [] });
  expect(read(undefined, undefined)).toMatchObject({ by: "user" });
  expect(read(node("a"))).toMatchObject({ by: "user" });
  expect(read(node("a"), undefined)).toMatchObject({ by: "user" });
});

test("a menu hands all selected rows over, ports among them left out", () => {
  const endpoint = { kind: "endpoint", agentId: "a", endpoint: {} };
  const call = read(node("a"), [node("a"), endpoint, node("b")]);
  expect(call.by).toBe("user");
  expect(namedTargets(call)).toEqual(["a", "b"]);
});

test("a name, options, or both are a program's", () => {
  expect(read("fixer")).toMatchObject({ by: "program", target: "fixer", options: undefined });
  expect(read("fixer", { force: true })).toMatchObject({ by: "program", options: { force: true } });
  expect(read(node("a"), { force: true })).toMatchObject({ by: "program", options: { force: true } });
  expect(read(undefined, { folder: "/x" })).toEqual({
    by: "program",
    nodes: [],
    snapshots: [],
    engines: [],
    options: { folder: "/x" },
  });
  expect(namedTargets(read(node("a"), {}))).toEqual(["a"]);
});

test("an agent as list gives it is a target", () => {
  expect(read(anAgent({ id: "agent-1" }))).toMatchObject({ by: "program", target: "agent-1" });
});

test("a command without a target takes its options first or second", () => {
  expect(readCall([{ name: "x" }], false)).toMatchObject({ by: "program", options: { name: "x" } });
  expect(readCall([undefined, { name: "x" }], false)).toMatchObject({
    by: "program",
    options: { name: "x" },
  });
  expect(readCall([{}], false)).toMatchObject({ by: "program", options: {} });
  expect(readCall([], false)).toMatchObject({ by: "user" });
});

test("a port that was clicked is known as one", () => {
  const port = {
    kind: "endpoint",
    agentId: "a",
    endpoint: { host: "h", port: 1, containerPort: 1, type: "tcp" },
  };
  expect(readCall([port], false)).toMatchObject({ by: "user", endpoint: port });
});

test("rows of engines are known as such", () => {
  const engine = (name: string) => ({ kind: "engine", id: name, engine: { name } });
  const call = read(engine("a"), [engine("a"), engine("b")]);
  expect(call).toMatchObject({ by: "user", nodes: [] });
  expect(call.engines.map((row) => row.engine.name)).toEqual(["a", "b"]);
});

test("a key in the tree stands for the agents that are selected, and for nothing where none is", () => {
  const group = { kind: "group", id: "project x", by: "project", key: "x", rows: [] } as const;
  const agent = (id: string) => ({ ...node(id), id, place: { away: false } });
  expect(bySelection([{ agentContainers: "selection" }])).toBe(true);
  expect(bySelection([agent("a")]) || bySelection([{ name: "x" }]) || bySelection([])).toBe(false);
  expect(selectedRows([group])).toEqual([]);
  expect(selectedRows([group, agent("a"), agent("b")])).toEqual([agent("a"), [agent("a"), agent("b")]]);
});
