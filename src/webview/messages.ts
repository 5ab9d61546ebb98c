import type { AgentStats } from "../model/stats.js";

/** One agent as the panel shows it. */
export interface MetricsAgent {
  id: string;
  name: string;
  running: boolean;
  /** Its state, and why, for people. */
  note: string;
  canStart: boolean;
}

/** Every text of the panel, translated by the extension. */
export interface MetricsTexts {
  cpu: string;
  memory: string;
  network: string;
  disk: string;
  received: string;
  sent: string;
  read: string;
  written: string;
  start: string;
  waiting: string;
  /** `{0} of {1}`. */
  of: string;
  /** `{0} processes`. */
  processes: string;
}

/** What the extension tells the panel. */
export type ToPanel =
  | { type: "agents"; agents: readonly MetricsAgent[]; texts: MetricsTexts }
  | { type: "sample"; stats: AgentStats };

/** What the panel tells the extension. */
export type FromPanel = { type: "ready" } | { type: "start"; id: string };
