import type { AgentExit, AgentState } from "./agent.js";

/** What is known of an ended container. */
export interface ExitFacts {
  code: number;
  oomKilled?: boolean;
  error?: string;
  at?: Date;
}

const signals: Record<number, string> = { 1: "HUP", 2: "INT", 6: "ABRT", 9: "KILL", 11: "SEGV", 15: "TERM" };

/**
 * What is known of how it came to the end, from the engine's events: nothing; `self`: it died and nobody had asked;
 * `ours`: a verb of this program stopped it; `stop` and `kill`: somebody asked the engine to; `away`: the engine took
 * it down as it ended itself, or it was running when the engine was lost, and had ended when the engine was back.
 */
export type Ending = "unknown" | "self" | "ours" | "stop" | "kill" | "away";

const requested: Partial<Record<Ending, string>> = {
  ours: "Stopped by Agent Containers.",
  stop: "Stopped on request (docker stop).",
  kill: "Killed on request (docker kill).",
};

/**
 * Why a container ended, from its exit code, its flags and how it came to the end (SPEC L7). Where that is unknown, 0
 * and 143 count as stopped, because our init answers TERM with 0.
 * Codes above 128 are 128 and the signal, as shells and Docker have it.
 */
export function explainExit(facts: ExitFacts, ending: Ending): { state: AgentState; exit: AgentExit } {
  const { code } = facts;
  const end = (state: AgentState, reason: string) => ({
    state,
    exit: {
      code,
      oomKilled: facts.oomKilled ?? false,
      reason,
      ...(facts.at && { at: facts.at.toISOString() }),
    },
  });
  const asked = requested[ending];
  if (facts.error) return end("failed", facts.error);
  // Before memory: the engine keeps that flag also of a child whose end the agent outlived.
  if (asked) return end("stopped", asked);
  if (facts.oomKilled && code !== 0) return end("exited", `Out of memory (code ${code}).`);
  if (ending === "away")
    return end("exited", `Ended while the engine was away or restarting (code ${code}).`);
  if (code === 0) return end("stopped", ending === "self" ? "Ended itself (code 0)." : "Ended with code 0.");
  const signal = code > 128 ? signals[code - 128] : undefined;
  if (ending === "unknown" && code === 143) return end("stopped", "Stopped by TERM.");
  if (signal) return end("exited", `Killed by ${signal} (code ${code}).`);
  return end("exited", `Ended unexpectedly with code ${code}.`);
}
