import { expect, it } from "vitest";
import { abortable } from "../../../src/util/abort.js";

it("many waits under one signal are no leak that Node warns of", async () => {
  const warned: Error[] = [];
  const onWarning = (warning: Error) => warned.push(warning);
  process.on("warning", onWarning);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 40 }, () => abortable(new Promise(setImmediate), signal)));
  await new Promise(setImmediate);
  process.off("warning", onWarning);
  expect(warned).toEqual([]);
});
