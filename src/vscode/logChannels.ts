import * as vscode from "vscode";
import { messageOf } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import type { Disposable } from "../util/dispose.js";
import { systemClock } from "../util/clock.js";
import type { Logger } from "../util/log.js";
import { targetOf } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { knownRows } from "./knownRows.js";
import { lineSinks } from "./logLines.js";
import { plainTitle } from "./plainTitle.js";
import { readSettings } from "./settings.js";

const { t } = vscode.l10n;

/** How much of what was written before is shown. */
const firstLines = 1000;

/** After a connection that broke, until the next look. */
const againMs = 2000;

const runs = ({ agent }: AgentRow) => ["running", "unhealthy", "paused"].includes(agent.state);

/** The log channels of agents: each is made when it is first shown, and goes with its agent. */
export interface LogChannels extends Disposable {
  /** Shows the channel of an agent, which follows it from then on. */
  show(agentId: string): void;
  /** True while the channel is on the screen. */
  isVisible(agentId: string): boolean;
}

/** One agent's log as an output channel, followed over stops and starts. */
class AgentLog implements Disposable {
  readonly channel: vscode.OutputChannel;
  private readonly stopped = new AbortController();

  constructor(
    private readonly agentId: string,
    readonly name: string,
    private readonly host: CoreHost,
    log: Logger,
  ) {
    this.channel = vscode.window.createOutputChannel(t("Agent: {0}", plainTitle(name)), "log");
    this.run().catch((error: unknown) => {
      if (!this.stopped.signal.aborted) log.error(`log of ${name}: ${messageOf(error)}`);
    });
  }

  dispose(): void {
    this.stopped.abort();
    this.channel.dispose();
  }

  private row(): AgentRow | undefined {
    return knownRows(this.host.state.picture).find((row) => targetOf(row) === this.agentId);
  }

  /** One run of the agent after another, until the channel is closed. */
  private async run(): Promise<void> {
    let since: string | undefined;
    for (;;) {
      const began = this.row()?.agent.startedAt;
      const failure = await this.follow(since);
      if (failure) {
        this.note(failure);
        since = undefined;
        await systemClock.sleep(againMs, this.stopped.signal);
        await this.until((row) => row !== undefined && runs(row) && this.isLive(row));
        // Nobody knows what is missing: all is read again.
        this.channel.clear();
        continue;
      }
      const run = began ?? this.row()?.agent.startedAt;
      const isOther = (row: AgentRow | undefined) => row?.agent.startedAt !== run;
      await this.until((row) => row === undefined || !runs(row) || isOther(row));
      const reason = this.row()?.agent.stateReason ?? "";
      this.note(reason === "" ? t("The agent has stopped.") : reason);
      await this.until((row) => row !== undefined && runs(row) && isOther(row));
      // By the engine's own clock.
      since = this.row()?.agent.startedAt;
      this.note(t("Started."));
    }
  }

  private isLive({ agent }: AgentRow): boolean {
    const engines = this.host.state.picture?.engines ?? [];
    return engines.some(({ name, link }) => name === agent.engine && link.kind === "live");
  }

  /** Writes what comes until the agent stops; gives why the engine told no more, where it was not the end. */
  private async follow(since: string | undefined): Promise<string | undefined> {
    const { signal } = this.stopped;
    const sinks = lineSinks((line) => this.channel.appendLine(line));
    try {
      const core = await this.host.core();
      const request = { follow: true, timestamps: readSettings().logTimestamps };
      await core.logs(
        this.agentId,
        { ...request, ...(since ? { since } : { tail: firstLines }) },
        { signal, stdout: sinks.stdout, stderr: sinks.stderr },
      );
      return undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      return messageOf(error);
    } finally {
      if (!signal.aborted) sinks.end();
    }
  }

  private note(text: string): void {
    this.channel.appendLine(`── ${new Date().toLocaleTimeString()} ${text} ──`);
  }

  /** Resolves when the agent is as it has to be. */
  private async until(check: (row: AgentRow | undefined) => boolean): Promise<void> {
    if (check(this.row())) return;
    await new Promise<void>((resolve, reject) => {
      const { signal } = this.stopped;
      const end = () => {
        listening.dispose();
        signal.removeEventListener("abort", abort);
      };
      const abort = () => {
        end();
        reject(new Error("the channel was closed"));
      };
      const listening = this.host.onDidChange(() => {
        if (!check(this.row())) return;
        end();
        resolve();
      });
      signal.addEventListener("abort", abort);
    });
  }
}

/** Makes nothing before the first `show`. */
export function createLogChannels(host: CoreHost, log: Logger): LogChannels {
  const logs = new Map<string, AgentLog>();
  const drop = (agentId: string) => {
    logs.get(agentId)?.dispose();
    logs.delete(agentId);
  };
  const rowOf = (agentId: string) => knownRows(host.state.picture).find((row) => targetOf(row) === agentId);
  /** An engine that is away takes no agent off the list; one that is not followed any more takes them all. */
  const listening = host.onDidChange(() => {
    if (!host.state.picture?.engines.some(({ link }) => link.kind === "live")) return;
    for (const agentId of logs.keys()) if (!rowOf(agentId)) drop(agentId);
  });
  return {
    show(agentId) {
      const name = rowOf(agentId)?.agent.name ?? agentId;
      // A channel keeps its name: a renamed agent gets another.
      if (logs.get(agentId)?.name !== name) drop(agentId);
      const shown = logs.get(agentId) ?? new AgentLog(agentId, name, host, log);
      logs.set(agentId, shown);
      shown.channel.show(true);
    },
    isVisible(agentId) {
      const shown = logs.get(agentId);
      return (
        shown !== undefined &&
        vscode.window.visibleTextEditors.some(
          ({ document: { uri } }) => uri.scheme === "output" && uri.path.includes(shown.channel.name),
        )
      );
    },
    dispose() {
      listening.dispose();
      for (const agentId of [...logs.keys()]) drop(agentId);
    },
  };
}
