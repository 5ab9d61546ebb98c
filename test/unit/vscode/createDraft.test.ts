import { expect, test } from "vitest";
import { parseSpec } from "../../../src/model/spec.js";
import {
  cpusProblem,
  draftSpec,
  imageChoices,
  limitsText,
  memoryProblem,
  nameProblem,
  parsePairs,
  suggestName,
  type Draft,
} from "../../../src/vscode/createDraft.js";
import { recall, remember, type Memory } from "../../../src/vscode/lastChoice.js";
import { english } from "../../../src/vscode/text.js";

const draft: Draft = {
  name: "shop-1",
  image: "debian:bookworm-slim",
  source: "/home/u/shop",
  mode: "copy",
  customize: false,
  limits: undefined,
  env: "",
  tags: "",
};

test("a name is suggested after the folder, and is free", () => {
  expect(suggestName("/home/u/My Shop", new Set())).toBe("my-shop-1");
  expect(suggestName("/home/u/shop", new Set(["shop-1"]))).toBe("shop-2");
  expect(suggestName("/home/u/shop", new Set(["shop-1", "shop-2"]))).toBe("shop-3");
  expect(suggestName(undefined, new Set())).toBe("agent-1");
});

test.each([
  ["shop-1", undefined],
  ["", "needs a name"],
  ["my shop", "no spaces"],
  ["-shop", "first of them a letter"],
  ["taken", '"taken-2" is free'],
])("the name %j: %s", (name, problem) => {
  const said = nameProblem(name, new Set(["taken"]), english);
  if (problem === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(problem);
});

test("CPUs are a number above 0 that the engine has", () => {
  expect(cpusProblem("0.5", 2, english)).toBeUndefined();
  expect(cpusProblem("3", 2, english)).toContain("has 2 CPUs");
  expect(cpusProblem("3", undefined, english)).toBeUndefined();
  for (const text of ["", "0", "-1", "lots", "Infinity"]) expect(cpusProblem(text, 2, english)).toBeDefined();
});

test("memory is what Docker takes", () => {
  expect(memoryProblem("512m", english)).toBeUndefined();
  expect(memoryProblem("lots", english)).toContain("512m");
  expect(memoryProblem("5m", english)).toContain("6m");
});

test("pairs are names and values, quoted where they need it", () => {
  expect(parsePairs("")).toEqual({});
  expect(parsePairs(' A=1  B="two words" C= D="" E=a=b ')).toEqual({
    A: "1",
    B: "two words",
    C: "",
    D: "",
    E: "a=b",
  });
  for (const text of ["A", "=1", "A=1 B", 'A="open', 'A="x"y'])
    expect(parsePairs(text), text).toBeUndefined();
});

test("limits are told in words", () => {
  expect(limitsText({ cpus: 2, memory: "2g" }, english)).toBe("2 CPUs, 2 GB");
  expect(limitsText({ cpus: 1, memory: "512m" }, english)).toBe("1 CPU, 512 MB");
});

test("the answers are a request that the core takes", () => {
  expect(parseSpec(draftSpec(draft))).toMatchObject({
    name: "shop-1",
    workspace: { mode: "copy", source: "/home/u/shop" },
  });
  expect(parseSpec(draftSpec({ ...draft, mode: "bind" })).workspace).toMatchObject({
    mode: "bind",
    source: "/home/u/shop",
  });
  expect(parseSpec(draftSpec(draft)).cpus).toBeUndefined();
  const all = { ...draft, source: undefined, limits: { cpus: 1, memory: "1g" }, env: "A=1", tags: 'x="y z"' };
  expect(parseSpec(draftSpec(all))).toMatchObject({
    workspace: { mode: "none" },
    cpus: 1,
    memory: 1024 ** 3,
    env: { A: "1" },
    tags: { x: "y z" },
  });
});

test("each image is offered once, the default first", () => {
  expect(imageChoices("a", ["b", "a", "b"])).toEqual(["a", "b"]);
});

function memory(stored?: unknown): Memory & { stored: unknown } {
  return {
    stored,
    get() {
      return this.stored;
    },
    update(_key, value) {
      this.stored = value;
      return Promise.resolve();
    },
  };
}

test("the last choice is remembered, without the name and what may be secret", async () => {
  const kept = memory();
  await remember(
    kept,
    { ...draft, env: "TOKEN=s3cret", source: undefined, limits: { cpus: 4, memory: "8g" } },
    true,
  );
  expect(recall(kept)).toEqual({
    images: ["debian:bookworm-slim"],
    copyFolder: false,
    limits: { cpus: 4, memory: "8g" },
  });
  expect(JSON.stringify(kept.stored)).not.toMatch(/s3cret|shop-1/);
});

test("the newest five images are kept, each once", async () => {
  const kept = memory();
  for (const image of ["a", "b", "c", "d", "e", "f", "b"]) await remember(kept, { ...draft, image }, true);
  expect(recall(kept).images).toEqual(["b", "f", "e", "d", "c"]);
});

test("what cannot be read counts as nothing", () => {
  for (const stored of [undefined, null, 7, { images: "x", limits: { cpus: "2" } }]) {
    expect(recall(memory(stored))).toEqual({ images: [], copyFolder: true, limits: undefined });
  }
});
