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
 * Why a container ended, from its exit code and flags (SPEC L7). `asked` is true where a stop was seen to be
 * requested; without it 0 and 143 still count as stopped, because our init answers TERM with 0.
 * Codes above 128 are 128 and the signal, as shells and Docker have it.
 */
export function explainExit(facts: ExitFacts, asked: boolean): { state: AgentState; exit: AgentExit } {
  const exit = (reason: string): AgentExit => ({
    code: facts.code,
    oomKilled: facts.oomKilled ?? false,
    reason,
    ...(facts.at && { at: facts.at.toISOString() }),
  });
  if (facts.oomKilled) return { state: "exited", exit: exit("Out of memory.") };
  if (facts.error) return { state: "failed", exit: exit(facts.error) };
  if (asked) return { state: "stopped", exit: exit("Stopped on request.") };
  if (facts.code === 0) return { state: "stopped", exit: exit("Ended with code 0.") };
  if (facts.code === 143) return { state: "stopped", exit: exit("Stopped by TERM.") };
  const signal = facts.code > 128 ? signals[facts.code - 128] : undefined;
  if (signal) return { state: "exited", exit: exit(`Killed by ${signal} (code ${facts.code}).`) };
  return { state: "exited", exit: exit(`Ended unexpectedly with code ${facts.code}.`) };
}
