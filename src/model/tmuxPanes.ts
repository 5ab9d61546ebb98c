import type { SessionView } from "./agent.js";

/**
 * What tmux is asked of each pane: whose session it is, its number, whether its command has ended, how and when, and
 * since when the session is there. Colons, because an old tmux shows a tab as something else. Formats that a version
 * does not know are empty. Source: tmux(1), FORMATS.
 */
export const paneFormat =
  "#{@agent-containers-session}:#{pane_id}:#{pane_dead}:#{pane_dead_status}:#{pane_dead_signal}:#{pane_dead_time}:#{session_created}";

const time = (seconds: string | undefined): Pick<SessionView, "since"> => {
  const date = new Date(Number(seconds) * 1000);
  return seconds && !Number.isNaN(date.getTime()) ? { since: date.toISOString() } : {};
};

/** Reads its answer: each session by its name, as its first pane says. Lines of others are left out. Never throws. */
export function parsePanes(text: string): Map<string, SessionView> {
  const first = new Map<string, { pane: number; view: SessionView }>();
  for (const line of text.split("\n")) {
    const [name = "", pane = "", dead, status = "", signal, ended, created] = line.trim().split(":");
    const number = Number(/^%(\d+)$/.exec(pane)?.[1]);
    if (name === "" || Number.isNaN(number) || number > (first.get(name)?.pane ?? Infinity)) continue;
    first.set(name, { pane: number, view: { name, ...viewOf() } });

    function viewOf(): Omit<SessionView, "name"> {
      if (dead !== "1") return { state: "running", ...time(created) };
      if (signal) return { state: "done", reason: `Ended by signal ${signal}.`, ...time(ended) };
      if (!/^\d+$/.test(status)) return { state: "done", ...time(ended) };
      return {
        state: "done",
        exitCode: Number(status),
        reason: `Ended with exit code ${status}.`,
        ...time(ended),
      };
    }
  }
  return new Map([...first].map(([name, { view }]) => [name, view]));
}
