import type { Healthcheck } from "../containerBody.js";
import { flag, switchFlag, textFlag, type Flag } from "./flag.js";
import { takes } from "./invalid.js";
import { parseDuration, parseInteger } from "./numbers.js";

type Key = "Interval" | "Timeout" | "StartPeriod" | "StartInterval" | "Retries";

/** A number of the health check; 0 is the same as not given, as there. */
const number = (name: string, key: Key, parse: (text: string) => number, minor?: number): Flag =>
  flag(
    name,
    (text) => {
      const value = parse(text);
      return value < 0 ? takes("nothing below 0") : value;
    },
    (draft, value) => {
      const health: Healthcheck = { ...draft.config.Healthcheck, [key]: value };
      if (value === 0) delete health[key];
      draft.config.Healthcheck = health;
    },
    minor === undefined ? {} : { minor },
  );

/** The check of the container's health. */
export const healthFlags: readonly Flag[] = [
  textFlag("health-cmd", (draft, command) => {
    const health: Healthcheck = { ...draft.config.Healthcheck, Test: ["CMD-SHELL", command] };
    if (command === "") delete health.Test;
    draft.config.Healthcheck = health;
  }),
  number("health-interval", "Interval", parseDuration),
  number("health-timeout", "Timeout", parseDuration),
  number("health-retries", "Retries", (text) => parseInteger(text)),
  number("health-start-period", "StartPeriod", parseDuration),
  number("health-start-interval", "StartInterval", parseDuration, 44),
  switchFlag("no-healthcheck", (draft, on) => (draft.noHealthcheck = on)),
];
