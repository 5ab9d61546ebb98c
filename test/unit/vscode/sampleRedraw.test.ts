import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SampleRedraw } from "../../../src/vscode/sampleRedraw.js";

describe("SampleRedraw", () => {
  let drawn: string[];
  let redraw: SampleRedraw;
  beforeEach(() => {
    vi.useFakeTimers();
    drawn = [];
    redraw = new SampleRedraw((target) => drawn.push(target), { gapMs: 5000, readingMs: 15_000 });
  });
  afterEach(() => {
    redraw.dispose();
    vi.useRealTimers();
  });

  it("draws the first sample at once, the next ones once in a gap, each row for itself", () => {
    for (let second = 0; second < 10; second += 1) {
      redraw.ask("a");
      if (second === 3) redraw.ask("b");
      vi.advanceTimersByTime(1000);
    }
    expect(drawn).toEqual(["a", "b", "a", "a"]);
    vi.advanceTimersByTime(60_000);
    expect(drawn).toHaveLength(4);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("draws nothing under a tooltip that is being read, and then the last word", () => {
    redraw.ask("a");
    vi.advanceTimersByTime(1000);
    redraw.ask("a");
    redraw.reading("a");
    vi.advanceTimersByTime(14_000);
    expect(drawn).toEqual(["a"]);
    vi.advanceTimersByTime(1001);
    expect(drawn).toEqual(["a", "a"]);
  });

  it("forgets who is gone, with what was held back", () => {
    redraw.ask("a");
    redraw.keepOnly(new Set(["b"]));
    vi.advanceTimersByTime(60_000);
    expect(drawn).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
