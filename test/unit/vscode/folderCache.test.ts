import { expect, it } from "vitest";
import { FolderCache } from "../../../src/vscode/folderCache.js";

it("asks once for a burst, anew when it is over, cleared or failed", async () => {
  let now = 0;
  let asked = 0;
  const cache = new FolderCache<number>(() => now);
  const get = (key = "a") => cache.get(key, () => Promise.resolve((asked += 1)));
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  expect([await get(), await get("b")]).toEqual([1, 2]);
  cache.clear();
  expect(await get()).toBe(3);
  now += 1000;
  expect(await get()).toBe(4);
  cache.clear();
  await expect(cache.get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  expect(await get()).toBe(5);
});
