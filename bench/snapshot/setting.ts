import * as z from "zod";
import type { Core } from "../../src/app/core.js";
import type { Agent } from "../../src/model/agent.js";
import type { rawEngine } from "../floor.js";
import { median, spread } from "../statistics.js";

/** What every part of this bench works with. */
export interface Setting {
  core: Core;
  raw: ReturnType<typeof rawEngine>;
  agent: Agent;
}

export const idOf = z.object({ Id: z.string() });

/** Runs a script as the agent's user and gives what it prints. */
export async function inside(core: Core, id: string, script: string): Promise<string> {
  const { exitCode, stdout, stderr } = await core.exec(id, { command: ["sh", "-c", script] });
  if (exitCode !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** One line each: what was measured, and how many times the floor that is. */
export function show(name: string, values: readonly number[]): void {
  console.log(`${name.padEnd(34)} ${spread(values)} ms`);
}

export function showRatio(ours: readonly number[], floor: readonly number[], bar: string): void {
  console.log(`${"ratio of the medians".padEnd(34)} ${(median(ours) / median(floor)).toFixed(3)} (${bar})`);
}
