import type { AgentResources } from "../model/stats.js";
import type { Translate } from "./text.js";

/** Finer steps than people care for would redraw a row every second. */
const memoryStepMiB = 10;

/** `340 MiB`, `1.5 GiB`. */
export function memoryText(mebibytes: number, t: Translate): string {
  return mebibytes < 1024
    ? t("{0} MiB", Math.round(mebibytes))
    : t("{0} GiB", Number((mebibytes / 1024).toFixed(1)));
}

/**
 * As a row shows it: whole per cent, and steps of 10 MiB above the first. A row whose rounded numbers are the same is
 * not drawn anew.
 */
export function roughly(resources: AgentResources): AgentResources {
  const { cpuPercent, memoryUsedMiB } = resources;
  const step = memoryUsedMiB < memoryStepMiB ? 1 : memoryStepMiB;
  return {
    ...resources,
    cpuPercent: Math.round(cpuPercent),
    memoryUsedMiB: Math.round(memoryUsedMiB / step) * step,
  };
}

/** `12 % · 340 MiB`. */
export function resourceText({ cpuPercent, memoryUsedMiB }: AgentResources, t: Translate): string {
  return [t("{0} %", Math.round(cpuPercent)), memoryText(memoryUsedMiB, t)].join(" · ");
}
