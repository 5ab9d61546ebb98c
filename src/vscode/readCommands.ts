import * as vscode from "vscode";
import { cancelled } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import { targetsOf } from "./pickAgent.js";
import type { CoreHost } from "./coreHost.js";
import type { ShowDocument } from "./documents.js";
import type { LogChannels } from "./logChannels.js";
import { nameOf } from "./lifecycleCommands.js";
import { plainTitle } from "./plainTitle.js";
import type { Command, CommandTable } from "./register.js";
import { withStages } from "./run.js";

const { t } = vscode.l10n;

const hasContainer = (row: AgentRow) => row.failure === undefined && row.agent.containerId !== "";

/** Refuses options of a verb that takes none, as `SPEC_INVALID`. */
async function takesNone(options: Record<string, unknown> | undefined): Promise<void> {
  const { noOptions, parseOptions } = await import("./options.js");
  parseOptions(noOptions, options);
}

async function askCommand(name: string): Promise<string[]> {
  const line = await vscode.window.showInputBox({
    title: t("Run Command in {0}", plainTitle(name)),
    prompt: t("A shell line, run in the agent's workspace as its user"),
  });
  if (!line?.trim()) throw cancelled();
  return ["sh", "-c", line];
}

/**
 * What leaves the life of an agent alone: list, get, setTags, exec, logs, stats, health. A user gets a document or a
 * channel, a program JSON.
 */
export function readCommands(
  host: CoreHost,
  show: ShowDocument,
  channels: Pick<LogChannels, "show">,
): Pick<CommandTable, "list" | "get" | "setTags" | "exec" | "logs" | "stats" | "health"> {
  const list: Command = {
    takesTarget: false,
    forPrograms: true,
    run: async (call) => {
      await takesNone(call.options);
      return (await host.core()).list();
    },
  };
  const health: Command = {
    takesTarget: false,
    forPrograms: true,
    run: async (call) => {
      await takesNone(call.options);
      return (await host.core()).health();
    },
  };
  const get: Command = {
    takesTarget: true,
    run: async (call) => {
      const { getOptions, parseOptions } = await import("./options.js");
      const { resources } = parseOptions(getOptions, call.options);
      const none = t("There are no agents.");
      const [target] = await targetsOf(call, host, {
        title: t("Show Agent Details"),
        fits: hasContainer,
        none,
      });
      const agent = await (await host.core()).get(target, { resources });
      if (call.by === "user") await show(`${agent.name}.json`, JSON.stringify(agent, null, 2));
      return agent;
    },
  };
  const logs: Command = {
    takesTarget: true,
    run: async (call) => {
      const targets = await targetsOf(call, host, {
        title: t("Show Logs"),
        fits: hasContainer,
        none: t("There are no agents."),
      });
      const core = await host.core();
      if (call.by === "program") return core.logs(targets[0], call.options ?? {});
      for (const target of targets) channels.show(target);
      return null;
    },
  };
  const stats: Command = {
    takesTarget: true,
    forPrograms: true,
    run: async (call) => {
      const [target] = await targetsOf(call, host, {
        title: t("Measure Agent"),
        fits: (row) => row.agent.state === "running" || row.agent.state === "unhealthy",
        none: t("No agent is running."),
      });
      return (await host.core()).stats(target, call.options ?? {});
    },
  };
  const exec: Command = {
    takesTarget: true,
    run: async (call) => {
      const [target] = await targetsOf(call, host, {
        title: t("Run Command in Agent"),
        fits: (row) => row.agent.state === "running" || row.agent.state === "unhealthy",
        none: t("No agent is running."),
      });
      const core = await host.core();
      if (call.by === "program") return core.exec(target, call.options ?? {});
      const name = nameOf(host, target);
      const command = await askCommand(name);
      const result = await withStages(t("Running in {0}", name), (options) =>
        core.exec(target, { command }, options),
      );
      const ended = t("[ended with code {0}]", result.exitCode);
      await show(`${name}-exec.log`, [result.stdout, result.stderr, ended].filter(Boolean).join("\n"));
      return result;
    },
  };
  const setTags: Command = {
    takesTarget: true,
    forPrograms: true,
    run: async (call) => {
      const [target] = await targetsOf(call, host, {
        title: t("Set Tags"),
        fits: hasContainer,
        none: t("There are no agents."),
      });
      return (await host.core()).setTags(target, call.options ?? {});
    },
  };
  return { list, get, setTags, exec, logs, stats, health };
}
