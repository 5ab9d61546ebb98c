import { describe, expect, it } from "vitest";
import type { AgentStats } from "../../../src/model/stats.js";
import {
  bytesText,
  chartHeight,
  chartWidth,
  linePath,
  nextPoint,
  scaleTop,
  shownMs,
  withPoint,
  type Point,
} from "../../../src/webview/chart.js";

const stats = (second: number, change: Partial<AgentStats> = {}): AgentStats => ({
  id: "a",
  name: "fixer",
  at: new Date(second * 1000).toISOString(),
  cpuPercent: 12,
  memoryUsedMiB: 1,
  memoryLimitMiB: 2,
  networkRxBytes: 0,
  networkTxBytes: 0,
  blockReadBytes: 0,
  blockWriteBytes: 0,
  pids: 1,
  ...change,
});
const point = (second: number, cpu = 0): Point => nextPoint(stats(second, { cpuPercent: cpu }), undefined);

describe("the charts", () => {
  it("turn what is counted since the start into bytes a second", () => {
    const now = stats(12, { networkRxBytes: 5000, blockWriteBytes: 10 });
    expect(nextPoint(now, stats(10, { networkRxBytes: 1000, blockWriteBytes: 900 }))).toMatchObject({
      received: 2000,
      sent: 0,
      // It was started anew.
      written: 0,
      memory: 2 ** 20,
      memoryLimit: 2 ** 21,
    });
    expect(nextPoint(now, undefined)).toMatchObject({ received: 0 });
    expect(nextPoint(now, now)).toMatchObject({ received: 0 });
  });

  it("keep what is shown, and no more, however long they are looked at", () => {
    let points: readonly Point[] = [];
    for (let second = 0; second < 2000; second++) points = withPoint(points, point(second));
    expect(points).toHaveLength(shownMs / 1000);
    expect(points.at(-1)?.at).toBe(1_999_000);
  });

  it("draw the newest at the right edge, the highest at the top, and a gap as a gap", () => {
    const top = 100;
    const drawn = linePath([point(0, 0), point(1, 50), point(100, 200)], ({ cpu }) => cpu, top);
    const parts = drawn.split(/(?=[ML])/);
    expect(parts.map((part) => part[0])).toEqual(["M", "L", "M"]);
    expect(parts[1]).toMatch(new RegExp(` ${(chartHeight / 2).toFixed(1)}$`));
    // Above the scale is at its end, and not outside.
    expect(parts[2]).toBe(`M${chartWidth.toFixed(1)} 0.0`);
    expect(linePath([], () => 0, top)).toBe("");
  });

  it.each([
    [[3, 7], 100, 100],
    [[130], 100, 200],
    [[201], 100, 500],
    [[1023], 1000, 2000],
    [[], 1000, 1000],
  ])("have a round top for %j", (values, least, top) => {
    expect(scaleTop(values, least)).toBe(top);
  });

  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [340 * 2 ** 20, "340 MiB"],
    [2 ** 31, "2 GiB"],
  ])("write %d as people do", (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });
});
