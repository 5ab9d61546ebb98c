import { expect, test } from "vitest";
import { parseLogTime, resolveLogTime } from "../../../src/model/logTime.js";
import { logsOptions, parseOptions } from "../../../src/model/options.js";

test.each([
  ["10m", 600_000],
  ["1h30m", 5_400_000],
  ["1.5s", 1500],
  ["250ms", 250],
  ["0s", 0],
])("%s is that long ago", (text, ms) => {
  expect(parseLogTime(text)).toEqual({ kind: "ago", ms });
  expect(resolveLogTime({ kind: "ago", ms }, 10_000_000).getTime()).toBe(10_000_000 - ms);
});

test.each([
  ["2026-11-21T08:00:00Z", "2026-11-21T08:00:00.000Z"],
  ["2026-11-21T08:00:00.123456789+02:00", "2026-11-21T06:00:00.123Z"],
  ["2026-11-21T08Z", "2026-11-21T08:00:00.000Z"],
  ["1136073600.5", "2006-01-01T00:00:00.500Z"],
  [1136073600, "2006-01-01T00:00:00.000Z"],
  // Without a zone, this machine's.
  ["2026-11-21", new Date(2026, 10, 21).toISOString()],
  ["2026-11-21T08:30", new Date(2026, 10, 21, 8, 30).toISOString()],
])("%s is a date", (given, iso) => {
  expect(parseLogTime(given)).toEqual({ kind: "at", date: new Date(iso) });
});

test.each(["", "yesterday", "10 minutes", "-5m", "m", "10", "2026-13-45", "2026-11-21 08:00", "5d"])(
  "%s is neither, or seconds since 1970",
  (text) => {
    expect(parseLogTime(text)).toEqual(text === "10" ? { kind: "at", date: new Date(10_000) } : undefined);
  },
);

test("without anything said the last 200 lines are meant, and all where a time says how much", () => {
  const tail = (input: object) => parseOptions(logsOptions, input).tail;
  expect([tail({}), tail({ follow: true }), tail({ since: "1h" }), tail({ until: "1h" })]).toEqual([
    200,
    200,
    "all",
    "all",
  ]);
  expect(tail({ since: "1h", tail: 3 })).toBe(3);
});
