import * as vscode from "vscode";
import type { Core, VerbOptions } from "../app/core.js";
import type { AgentState } from "../model/agent.js";
import { cancelled, toAgentError } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import type { Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { targetsOf, type Fitting } from "./pickAgent.js";
import { confirm, type Present } from "./present.js";
import type { Command, CommandTable } from "./register.js";
import { withStages } from "./run.js";
import { readSettings } from "./settings.js";

const { t } = vscode.l10n;

const isIn =
  (...states: AgentState[]) =>
  (row: AgentRow) =>
    row.operation === undefined && states.includes(row.agent.state);

/** The name that people know an agent by; what they gave where it is not listed. */
export function nameOf(host: CoreHost, target: string): string {
  return host.state.picture?.agents.find(({ agent }) => agent.id === target)?.agent.name ?? target;
}

/** One verb on one or several agents: a program gives one, the tree may have several selected. */
function verb(
  host: CoreHost,
  present: Present,
  kind: {
    fitting: Fitting;
    title: (name: string) => string;
    /** Asks before; false ends the command without doing anything. */
    agreed?: (names: readonly string[], call: Call) => Promise<boolean>;
    run: (core: Core, target: string, call: Call, options?: VerbOptions) => Promise<unknown>;
  },
): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      const targets = await targetsOf(call, host, kind.fitting);
      const names = targets.map((target) => nameOf(host, target));
      if (kind.agreed && !(await kind.agreed(names, call))) throw cancelled();
      const core = await host.core();
      const one = (target: string, options?: VerbOptions) => kind.run(core, target, call, options);
      if (call.by === "program") return one(targets[0]);
      const shown = (target: string) =>
        withStages(kind.title(nameOf(host, target)), (options) => one(target, options));
      if (targets.length === 1) return shown(targets[0]);
      const settled = await Promise.allSettled(targets.map(shown));
      return settled.map((result, index) => {
        if (result.status === "fulfilled") return result.value;
        const error = toAgentError(result.reason);
        const target = targets[index];
        if (error.code !== "CANCELLED") present(error, { retry: target ? () => shown(target) : undefined });
        return null;
      });
    },
  };
}

/** The user's grace time, where the call gives no other. */
function stopWith(call: Call): { graceSeconds?: number } {
  const { stopGraceSeconds: graceSeconds } = readSettings();
  return { ...(graceSeconds !== undefined && { graceSeconds }), ...call.options };
}

async function agreedToDestroy(names: readonly string[], call: Call): Promise<boolean> {
  if (call.options?.force === true) return true;
  const [name, ...others] = names;
  const question =
    others.length === 0 ? t("Destroy the agent {0}?", name ?? "") : t("Destroy {0} agents?", names.length);
  const removed = t(
    "Its container, its volume, its keys and its ssh config are removed, with all that is in them.",
  );
  const removedOfEach = t(
    "The container, volume, keys and ssh config of each are removed, with all that is in them: {0}.",
    names.join(", "),
  );
  return confirm(question, others.length === 0 ? removed : removedOfEach, t("Destroy"));
}

/** Start, stop, restart, pause, resume and destroy. */
export function lifecycleCommands(
  host: CoreHost,
  present: Present,
): Pick<CommandTable, "start" | "stop" | "restart" | "pause" | "resume" | "destroy"> {
  return {
    start: verb(host, present, {
      fitting: {
        title: t("Start Agent"),
        fits: isIn("stopped", "exited", "unhealthy"),
        none: t("No agent is stopped."),
      },
      title: (name) => t("Starting {0}", name),
      run: (core, target, _call, options) => core.start(target, options),
    }),
    stop: verb(host, present, {
      fitting: {
        title: t("Stop Agent"),
        fits: isIn("running", "unhealthy", "paused"),
        none: t("No agent is running."),
      },
      title: (name) => t("Stopping {0}", name),
      run: (core, target, call, options) => core.stop(target, stopWith(call), options),
    }),
    restart: verb(host, present, {
      fitting: {
        title: t("Restart Agent"),
        fits: isIn("running", "unhealthy", "stopped", "exited"),
        none: t("There is no agent to restart."),
      },
      title: (name) => t("Restarting {0}", name),
      run: (core, target, call, options) => core.restart(target, stopWith(call), options),
    }),
    pause: verb(host, present, {
      fitting: {
        title: t("Pause Agent"),
        fits: isIn("running", "unhealthy"),
        none: t("No agent is running."),
      },
      title: (name) => t("Pausing {0}", name),
      run: (core, target, _call, options) => core.pause(target, options),
    }),
    resume: verb(host, present, {
      fitting: { title: t("Resume Agent"), fits: isIn("paused"), none: t("No agent is paused.") },
      title: (name) => t("Resuming {0}", name),
      run: (core, target, _call, options) => core.resume(target, options),
    }),
    destroy: verb(host, present, {
      fitting: {
        title: t("Destroy Agent"),
        fits: (row) => row.failure === undefined && row.operation === undefined,
        none: t("There is no agent to destroy."),
      },
      title: (name) => t("Destroying {0}", name),
      agreed: agreedToDestroy,
      run: (core, target, call, options) =>
        core.destroy(target, call.by === "program" ? call.options : { force: true }, options),
    }),
  };
}
