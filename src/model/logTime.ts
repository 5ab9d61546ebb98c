/** A point in time as a user names it for a log: so long ago, or a date. */
export type LogTime = { kind: "ago"; ms: number } | { kind: "at"; date: Date };

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const part = /(\d+(?:\.\d+)?|\.\d+)(ns|us|µs|ms|s|m|h)/g;
const duration = new RegExp(`^(?:${part.source})+$`);
const unixTime = /^\d+(\.\d+)?$/;
const isoDate = /^\d{4}-\d{2}-\d{2}$/;
const isoTime = /^\d{4}-\d{2}-\d{2}T\d{2}(:\d{2}){0,2}(\.\d+)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * Reads what `docker logs --since` takes: a duration back from now (`10m`, `1h30m`), seconds since 1970
 * (`1136073600.5`), or a date with or without a time (`2026-11-21`, `2026-11-21T08:00:00Z`), in this machine's zone
 * where it names none. Undefined for anything else.
 * Source: https://docs.docker.com/reference/cli/docker/container/logs/, "Retrieve logs until a specific point in time".
 */
export function parseLogTime(given: string | number): LogTime | undefined {
  const text = String(given).trim();
  if (duration.test(text)) {
    const ms = [...text.matchAll(part)].reduce(
      (sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? 0),
      0,
    );
    return { kind: "ago", ms };
  }
  if (unixTime.test(text)) return at(new Date(Number(text) * 1000));
  // Without a time, JavaScript alone would take UTC.
  if (isoDate.test(text)) return at(new Date(`${text}T00:00:00`));
  if (!isoTime.test(text)) return undefined;
  // `T08` is a time for Docker, not for JavaScript.
  return at(new Date(text.replace(/(T\d{2})(?=$|Z|[+-])/, "$1:00")));
}

const at = (date: Date): LogTime | undefined =>
  Number.isNaN(date.getTime()) ? undefined : { kind: "at", date };

/** The date that is meant; `now` in milliseconds since 1970. */
export function resolveLogTime(time: LogTime, now: number): Date {
  return time.kind === "at" ? time.date : new Date(now - time.ms);
}
