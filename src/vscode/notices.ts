import * as vscode from "vscode";
import { messageOf } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import type { Logger } from "../util/log.js";
import { targetOf } from "./call.js";
import { claim } from "./claims.js";
import type { CoreHost } from "./coreHost.js";
import { EngineWatch, type EngineNews } from "./engineWatch.js";
import { ExitWatch } from "./exitWatch.js";
import { exitNotice, exitsNotice, lastLine } from "./exitText.js";
import { commandIds, viewIds } from "./ids.js";
import { lineSinks } from "./logLines.js";
import { notify } from "./present.js";
import { readSettings } from "./settings.js";

const { t } = vscode.l10n;

/** What ends together is told together: an engine that restarts ends its agents one after another. */
const gatherMs = 1000;
const logLines = 20;

/** What the notices need of the room. */
export interface NoticeOptions {
  host: CoreHost;
  log: Logger;
  /** A folder that all windows share. */
  marks: string;
  /** True where the user sees the end of an agent anyway. */
  isWatched: (agentId: string) => boolean;
}

/**
 * Tells once of agents that ended unexpectedly, and of engines that were lost and are back (SPEC M5, V4). Follows the
 * picture; asks the engine nothing but the last lines of what it tells of.
 */
export function createNotices({ host, log, marks, isWatched }: NoticeOptions): vscode.Disposable {
  let exits = new ExitWatch();
  let engines = new EngineWatch();
  const pending = new Set<string>();
  let timer: NodeJS.Timeout | undefined;

  const rowOf = (containerId: string) =>
    host.state.picture?.agents.find(({ agent }) => agent.containerId === containerId);

  /** Destroyed, started again by its restart policy, or in the hands of a verb: no news any more. */
  const stillEnded = (row: AgentRow | undefined): row is AgentRow =>
    row?.endedUnexpectedly === true && row.operation === undefined;

  const linesOf = async (row: AgentRow): Promise<string> => {
    const { agent } = row;
    try {
      const core = await host.core();
      const lines: string[] = [];
      const { stdout, stderr, end } = lineSinks((line) => lines.push(line));
      await core.logs(targetOf(row), { tail: logLines }, { engine: agent.engine, stdout, stderr });
      end();
      return lines.join("\n");
    } catch (error) {
      // The end is what matters; its log only explains it.
      log.debug(`no log of ${agent.name}: ${messageOf(error)}`);
      return "";
    }
  };

  /** When it ended; a list, as after a lost connection, does not tell. */
  const endOf = async (row: AgentRow): Promise<string> => {
    const { agent } = row;
    if (agent.exit?.at !== undefined) return agent.exit.at;
    const { exit } = await (await host.core()).get(targetOf(row), { engine: agent.engine });
    return exit?.at ?? "";
  };

  const tellExits = async (): Promise<void> => {
    const ended = [...pending].map(rowOf).filter(stillEnded);
    pending.clear();
    const claimed: AgentRow[] = [];
    for (const row of ended) {
      log.warn(`${row.agent.name}: ${row.agent.stateReason}`);
      if (!readSettings().notifyExit || isWatched(targetOf(row))) continue;
      const key = `${row.agent.containerId} ${await endOf(row)}`;
      if (await claim(marks, key, Date.now())) claimed.push(row);
    }
    const [row, ...others] = claimed;
    if (!row) return;
    if (others.length === 0) await tellExit(row);
    else tellExitsOf(claimed);
  };

  const tellExit = async (row: AgentRow): Promise<void> => {
    const { agent } = row;
    const lines = await linesOf(row);
    if (lines) log.info(`the last lines of ${agent.name}:\n${lines}`);
    const run = (command: string) => () => vscode.commands.executeCommand(command, { kind: "agent", row });
    notify("warning", exitNotice(row, lastLine(lines), t), [
      { label: t("Restart"), run: run(commandIds.start) },
      { label: t("Show Logs"), run: run(commandIds.logs) },
    ]);
  };

  const tellExitsOf = (rows: readonly AgentRow[]): void => {
    const nodes = rows.map((row) => ({ kind: "agent", row }));
    notify("warning", exitsNotice(rows, t), [
      {
        label: t("Restart All"),
        run: () => vscode.commands.executeCommand(commandIds.start, nodes[0], nodes),
      },
      { label: t("Show Agents"), run: () => vscode.commands.executeCommand(`${viewIds.agents}.focus`) },
    ]);
  };

  const tellEngine = async ({ kind, engine, problem }: EngineNews): Promise<void> => {
    if (!readSettings().notifyEngine) return;
    // To the minute: other windows lose it, and have it back, in the same moment.
    if (!(await claim(marks, `${kind} ${engine} ${Math.floor(Date.now() / 60_000)}`, Date.now()))) return;
    if (kind === "back") return notify("information", t("The engine {0} is back.", engine), []);
    const reason = [problem?.message, problem?.remedy].filter(Boolean).join(" ");
    notify("warning", t("The engine {0} was lost. {1}", engine, reason), [
      { label: t("Retry"), run: () => vscode.commands.executeCommand(commandIds.refresh) },
      { label: t("Show Health"), run: () => vscode.commands.executeCommand(commandIds.showHealth) },
    ]);
  };

  const failed = (error: unknown) => log.warn(`a notice was not shown: ${messageOf(error)}`);
  const look = (): void => {
    const { picture } = host.state;
    if (!picture) {
      // Another engine was chosen: what is there now was there before.
      [exits, engines] = [new ExitWatch(), new EngineWatch()];
      pending.clear();
      return;
    }
    for (const news of engines.take(picture.engines)) tellEngine(news).catch(failed);
    const news = exits.take(picture.agents);
    for (const { agent } of news) pending.add(agent.containerId);
    if (news.length > 0)
      timer ??= setTimeout(() => {
        timer = undefined;
        tellExits().catch(failed);
      }, gatherMs);
  };
  const listening = host.onDidChange(look);
  look();
  return {
    dispose() {
      clearTimeout(timer);
      listening.dispose();
    },
  };
}
