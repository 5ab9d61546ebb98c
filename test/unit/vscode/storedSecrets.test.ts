import { expect, test } from "vitest";
import { createStoredSecrets, storedSources } from "../../../src/vscode/storedSecrets.js";

function emptyStorage() {
  const values = new Map<string, string>();
  const kept = new Map<string, unknown>();
  return {
    values,
    kept,
    storage: {
      get: (key: string) => Promise.resolve(values.get(key)),
      store: (key: string, value: string) => Promise.resolve(void values.set(key, value)),
      delete: (key: string) => Promise.resolve(void values.delete(key)),
    },
    memory: {
      get: (key: string) => kept.get(key),
      update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
    },
  };
}

test("values are in the storage alone, names beside it", async () => {
  const { values, kept, storage, memory } = emptyStorage();
  const stored = createStoredSecrets(storage, memory);
  await stored.set("B", "hunter2");
  await stored.set("A", "other");
  await stored.set("B", "hunter3");
  expect(stored.names()).toEqual(["A", "B"]);
  expect(await stored.get("B")).toBe("hunter3");
  expect(JSON.stringify([...kept])).not.toContain("hunter");
  await stored.remove("B");
  expect(stored.names()).toEqual(["A"]);
  expect(await stored.get("B")).toBeUndefined();
  expect([...values.values()]).toEqual(["other"]);
});

test("names that another version wrote and cannot be read count as none", () => {
  const { storage, memory, kept } = emptyStorage();
  kept.set("agentContainers.secretNames", "A");
  expect(createStoredSecrets(storage, memory).names()).toEqual([]);
});

test("a request takes stored secrets by their own names", () => {
  expect(storedSources(["A"])).toEqual({ A: { stored: "A" } });
});
