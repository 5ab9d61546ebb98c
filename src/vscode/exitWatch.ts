import type { AgentRow } from "../store/rows.js";

/** What was known of an agent at the last look. */
interface Known {
  up: boolean;
  /** When it ended, where the engine has told. */
  at: string | undefined;
}

/**
 * Finds the unexpected ends in what an editor's window sees, each once: what had ended before the first look, and what
 * ends while a verb of this window works on it, is no news.
 */
export class ExitWatch {
  private known = new Map<string, Known>();

  /** The rows that have ended unexpectedly since the last look. */
  take(rows: readonly AgentRow[]): readonly AgentRow[] {
    const now = new Map<string, Known>();
    const news = rows.filter((row) => {
      const { containerId, state, exit } = row.agent;
      if (row.failure || containerId === "") return false;
      const before = this.known.get(containerId);
      const seen = { up: state !== "stopped" && state !== "exited", at: exit?.at };
      now.set(containerId, seen);
      if (!before || row.operation || !row.endedUnexpectedly) return false;
      // It ran in between, and nobody saw it run.
      const again = before.at !== undefined && seen.at !== undefined && before.at !== seen.at;
      return before.up || again;
    });
    this.known = now;
    return news;
  }
}
