import type { AgentStats } from "../model/stats.js";

/** One reading of one agent, for the charts: `at` in milliseconds since 1970, the rest in bytes, percent or bytes a second. */
export interface Point {
  at: number;
  cpu: number;
  memory: number;
  memoryLimit: number;
  received: number;
  sent: number;
  read: number;
  written: number;
  pids: number;
}

/** The charts show at most this much, in milliseconds, and at least the other, so that the first line is seen. */
export const shownMs = 5 * 60_000;
const leastMs = 60_000;
/** Longer without a reading is a gap: nobody looked, or the agent did not run. */
const gapMs = 5000;

export const chartWidth = 300;
export const chartHeight = 80;

/** Turns samples into points: what the engine counts since the start becomes bytes a second. */
export function nextPoint(stats: AgentStats, before: AgentStats | undefined): Point {
  const at = Date.parse(stats.at);
  const seconds = before ? (at - Date.parse(before.at)) / 1000 : 0;
  const rate = (key: "networkRxBytes" | "networkTxBytes" | "blockReadBytes" | "blockWriteBytes") =>
    // Counters begin anew with each start.
    before && seconds > 0 ? Math.max(0, (stats[key] - before[key]) / seconds) : 0;
  return {
    at,
    cpu: stats.cpuPercent,
    memory: stats.memoryUsedMiB * 2 ** 20,
    memoryLimit: stats.memoryLimitMiB * 2 ** 20,
    received: rate("networkRxBytes"),
    sent: rate("networkTxBytes"),
    read: rate("blockReadBytes"),
    written: rate("blockWriteBytes"),
    pids: stats.pids,
  };
}

/** The points that are still shown, with the new one; of bounded length. */
export function withPoint(points: readonly Point[], point: Point): readonly Point[] {
  return [...points.filter(({ at }) => at > point.at - shownMs && at < point.at), point];
}

/** The top of the scale: a round number that is not below the highest value. */
export function scaleTop(values: readonly number[], least: number): number {
  const highest = Math.max(least, ...values);
  const power = 10 ** Math.floor(Math.log10(highest));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= highest) ?? highest;
}

/** The line through the values as the `d` of an SVG path, broken at gaps; the newest point is at the right edge. */
export function linePath(points: readonly Point[], value: (point: Point) => number, top: number): string {
  const last = points.at(-1)?.at ?? 0;
  const span = Math.max(leastMs, last - (points[0]?.at ?? last));
  return points
    .map((point, index) => {
      const before = points[index - 1];
      const move = !before || point.at - before.at > gapMs;
      const x = chartWidth * (1 - (last - point.at) / span);
      const y = chartHeight * (1 - Math.min(1, value(point) / top));
      return `${move ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    })
    .join("");
}

/** `340 MiB`, in binary units. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${Number(value.toFixed(value < 10 && unit > 0 ? 1 : 0))} ${units[unit] ?? ""}`;
}

/** Puts values into the places `{0}`, `{1}` of a translated text. */
export function fill(text: string, ...values: (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}
