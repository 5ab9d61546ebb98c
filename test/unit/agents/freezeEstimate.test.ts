import { describe, expect, it } from "vitest";
import { estimateFreeze, learnCommit } from "../../../src/agents/snapshot/freezeEstimate.js";
import { createFakeEngine } from "../../fakes/fakeEngine.js";

const mega = 1_000_000;
const nothing = { written: 0, kept: 0 };

describe("how long an agent will stand still", () => {
  it("is a guess that grows with what is read, and is never nothing", () => {
    const engine = createFakeEngine({ images: [] });
    const of = (written: number, kept: number) =>
      estimateFreeze(engine, { written: written * mega, kept: kept * mega });
    expect(of(0, 0)).toBeGreaterThan(20);
    expect(of(1000, 0)).toBeGreaterThan(5 * of(100, 0));
    expect(of(0, 1000)).toBeGreaterThan(5 * of(0, 100));
    // They are read side by side.
    expect(of(1000, 1000)).toBe(Math.max(of(1000, 0), of(0, 1000)));
  });

  it("is what the engine's last commit took, for as much again", () => {
    const [slow, other] = [createFakeEngine({ images: [] }), createFakeEngine({ images: [] })];
    const written = 100 * mega;
    const before = estimateFreeze(other, { written, kept: 0 });
    learnCommit(slow, written, 9000);
    expect(estimateFreeze(slow, { written, kept: 0 })).toBe(9000);
    expect(estimateFreeze(slow, { written: 2 * written, kept: 0 })).toBeGreaterThan(17_000);
    expect(estimateFreeze(other, { written, kept: 0 })).toBe(before);
  });

  it("learns nothing from a commit of next to nothing", () => {
    const engine = createFakeEngine({ images: [] });
    const before = estimateFreeze(engine, { written: 100 * mega, kept: 0 });
    learnCommit(engine, mega, 9000);
    learnCommit(engine, 100 * mega, 1);
    expect(estimateFreeze(engine, { written: 100 * mega, kept: 0 })).toBe(before);
    expect(estimateFreeze(engine, nothing)).toBeGreaterThan(0);
  });
});
