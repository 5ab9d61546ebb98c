import type { SessionView } from "../model/agent.js";
import { messageOf, toAgentError } from "../model/errors.js";
import { parseLabels } from "../model/labels.js";
import { parsePanes, paneFormat } from "../model/tmuxPanes.js";
import type { ContainerFacts } from "../ports/engine.js";
import { packAgentArchive } from "../workspace/agentArchive.js";
import { renderAgentName } from "../workspace/agentFiles.js";
import { collect } from "../util/sinks.js";
import type { AgentContext } from "./context.js";

/**
 * How the sessions of a running agent are, as a rule in one question to its tmux (SPEC A2): `running`, `done`, or `stopped` for
 * one that is not there. Undefined for an agent that has none, or does not run: then its container says all that is
 * known. `unknown` where tmux could not be asked; the reason is in the log. `CANCELLED`.
 */
export async function askSessions(
  context: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<SessionView[] | undefined> {
  const labels = parseLabels(facts.labels);
  if (!labels.ok || !labels.value.sessions || facts.status !== "running") return undefined;
  const { sessions, user } = labels.value;
  const tmux = async (...args: string[]) => {
    const said = collect();
    const request = { command: ["tmux", ...args], user, stdout: said.stream, stderr: collect().stream };
    const { exitCode } = await context.engine.exec(facts.id, request, signal);
    return { exitCode, text: said.text() };
  };
  const ask = async () => {
    const { exitCode, text } = await tmux("list-panes", "-a", "-F", paneFormat);
    // 1 is a tmux that has no session at all; what cannot be run has 126 or 127.
    return exitCode <= 1 ? parsePanes(text) : undefined;
  };
  try {
    let found = await ask();
    if ([...(found?.values() ?? [])].some(({ state, reason }) => state === "done" && reason === undefined)) {
      // Seen with tmux 3.3a: it misses how a command ended (a zombie stays), until the next child of its own ends.
      await tmux("run-shell", "true");
      found = await ask();
    }
    return sessions.map((name) => found?.get(name) ?? { name, state: found ? "stopped" : "unknown" });
  } catch (error) {
    if (toAgentError(error).code === "CANCELLED") throw error;
    // It may have ended in this moment: the rest of what is known of it is still right.
    context.log.warn(`${facts.name}: its sessions could not be asked for: ${messageOf(error)}`);
    return sessions.map((name) => ({ name, state: "unknown" }));
  }
}

/** Writes down an agent's new name, which its sessions carry from their next start on. Without sessions nothing. */
export async function renameSessions(
  context: AgentContext,
  facts: ContainerFacts,
  name: string,
  signal?: AbortSignal,
): Promise<void> {
  const labels = parseLabels(facts.labels);
  if (!labels.ok || !labels.value.sessions) return;
  const archive = packAgentArchive([renderAgentName(name)], undefined, signal);
  await context.engine.putArchive(facts.id, "/", archive, signal);
}
