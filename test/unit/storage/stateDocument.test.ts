import { describe, expect, it } from "vitest";
import { emptyDocument, parseDocument, renderDocument } from "../../../src/storage/stateDocument.js";
import { judge } from "../../../src/storage/stateSlots.js";

const at = (revision: number, records: Record<string, unknown> = {}) =>
  renderDocument({ ...emptyDocument, revision, records: new Map(Object.entries(records)) });

describe("the state document", () => {
  it("comes back as it was, with keys and records that nobody here knows", () => {
    const document = {
      schema: 1,
      revision: 7,
      records: new Map<string, unknown>([
        ["agent-a", { ended: { at: "x" }, future: [1, { b: null }] }],
        ["__proto__", { ended: 1 }],
        ["../../x", "no record"],
      ]),
      rest: { other: true },
    };
    expect(parseDocument(renderDocument(document))).toEqual(document);
  });

  it.each([
    ["cut off", at(3, { a: {} }).subarray(0, -5)],
    ["empty", Buffer.alloc(0)],
    ["changed", Buffer.from(at(3).toString().replace('"revision":3', '"revision":9'))],
    ["not ours", Buffer.from("hello\nworld")],
  ])("is nothing when it is %s", (_, bytes) => {
    expect(parseDocument(bytes)).toBeUndefined();
  });

  it("the newest whole file counts, and the other one is written next", () => {
    const judged = (files: Record<string, Buffer>) => {
      const { document, next, lost } = judge(new Map(Object.entries(files)));
      return [document.revision, next, lost];
    };
    expect(judged({})).toEqual([0, "0.json", false]);
    expect(judged({ "0.json": at(1) })).toEqual([1, "1.json", false]);
    expect(judged({ "0.json": at(1), "1.json": at(2) })).toEqual([2, "0.json", false]);
    expect(judged({ "0.json": at(3), "1.json": at(2) })).toEqual([3, "1.json", false]);
    expect(judged({ "0.json": at(3).subarray(9), "1.json": at(2) })).toEqual([2, "0.json", false]);
    expect(judged({ "0.json": at(3).subarray(9) })).toEqual([0, "0.json", true]);
  });
});
