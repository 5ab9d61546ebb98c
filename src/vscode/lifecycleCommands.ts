import * as vscode from "vscode";
import type { Core, VerbOptions } from "../app/core.js";
import type { AgentState } from "../model/agent.js";
import { AgentError, cancelled } from "../model/errors.js";
import type { AgentRow } from "../store/rows.js";
import { targetOf, type Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { knownRows } from "./knownRows.js";
import type { Job } from "./many.js";
import { targetsOf, type Fitting } from "./pickAgent.js";
import type { Agreement } from "./destroyQuestion.js";
import type { Present } from "./present.js";
import type { Command, CommandTable } from "./register.js";
import { withStages } from "./run.js";
import { runOnMany } from "./runOnMany.js";
import { readSettings } from "./settings.js";
import type { SnapshotShelf } from "./snapshotShelf.js";

const { t } = vscode.l10n;

const isIn =
  (...states: AgentState[]) =>
  (row: AgentRow) =>
    row.operation === undefined && states.includes(row.agent.state);

const isUnstarted = (row: AgentRow) =>
  row.operation === undefined && row.failure === undefined && row.agent.state === "failed";

/** The name that people know an agent by; what they gave where it is not listed. */
export function nameOf(host: CoreHost, target: string): string {
  return knownRows(host.state.picture).find((row) => targetOf(row) === target)?.agent.name ?? target;
}

/** The agents of a call as jobs: those that are selected and fit, or the one that is asked for. */
async function jobsOf(host: CoreHost, call: Call, fitting: Fitting): Promise<readonly [Job, ...Job[]]> {
  const known = knownRows(host.state.picture);
  if (call.nodes.length < 2) {
    const [target] = await targetsOf(call, host, fitting);
    const row = call.nodes[0]?.row ?? known.find((one) => targetOf(one) === target);
    return [{ id: target, name: row?.agent.name ?? target, engine: row?.agent.engine ?? "" }];
  }
  // A mixed selection: what is meant are those with which it can be done.
  const jobs = call.nodes
    .filter(({ row }) => fitting.fits(row))
    .map(({ row }): Job => ({ id: targetOf(row), name: row.agent.name, engine: row.agent.engine }));
  const [first, ...others] = jobs;
  if (first) return [first, ...others];
  throw new AgentError("NOT_FOUND", t("{0}: none of the selected agents can take this.", fitting.title), {
    remedy: t("Their states say why."),
  });
}

/** One verb on one or several agents: a program gives one, the tree may have several selected. */
function verb(
  host: CoreHost,
  present: Present,
  kind: {
    fitting: Fitting;
    title: (name: string) => string;
    titleOfMany: (count: number) => string;
    /** Asks before; nothing ends the command without doing anything. */
    agreed?: (jobs: readonly Job[], call: Call) => Promise<Agreement | undefined>;
    run: (
      core: Core,
      target: string,
      call: Call,
      options?: VerbOptions,
      agreement?: Agreement,
    ) => Promise<unknown>;
  },
): Command {
  return {
    takesTarget: true,
    run: async (call) => {
      const jobs = await jobsOf(host, call, kind.fitting);
      const agreement = await kind.agreed?.(jobs, call);
      if (kind.agreed && !agreement) throw cancelled();
      const core = await host.core();
      const [{ id, name }] = jobs;
      if (call.by === "program") return kind.run(core, id, call, undefined, agreement);
      const one = (job: Job, options: VerbOptions) =>
        kind.run(core, job.id, call, { ...options, ...(job.engine && { engine: job.engine }) }, agreement);
      if (jobs.length > 1) return runOnMany(kind.titleOfMany(jobs.length), jobs, one, present);
      return withStages(kind.title(name), (options) => one(jobs[0], options));
    },
  };
}

/** The user's grace time, where the call gives no other. */
function stopWith(call: Call): { graceSeconds?: number } {
  const { stopGraceSeconds: graceSeconds } = readSettings();
  return { ...(graceSeconds !== undefined && { graceSeconds }), ...call.options };
}

/** Start, stop, restart, pause, resume and destroy. */
export function lifecycleCommands(
  host: CoreHost,
  present: Present,
  shelf: Pick<SnapshotShelf, "refresh">,
): Pick<CommandTable, "start" | "stop" | "restart" | "pause" | "resume" | "destroy"> {
  return {
    start: verb(host, present, {
      fitting: {
        title: t("Start Agent"),
        fits: (row) => isIn("stopped", "exited", "unhealthy")(row) || isUnstarted(row),
        none: t("No agent is stopped."),
      },
      title: (name) => t("Starting {0}", name),
      titleOfMany: (count) => t("Starting {0} agents", count),
      run: (core, target, _call, options) => core.start(target, options),
    }),
    stop: verb(host, present, {
      fitting: {
        title: t("Stop Agent"),
        fits: isIn("running", "unhealthy", "paused"),
        none: t("No agent is running."),
      },
      title: (name) => t("Stopping {0}", name),
      titleOfMany: (count) => t("Stopping {0} agents", count),
      run: (core, target, call, options) => core.stop(target, stopWith(call), options),
    }),
    restart: verb(host, present, {
      fitting: {
        title: t("Restart Agent"),
        fits: isIn("running", "unhealthy", "stopped", "exited"),
        none: t("There is no agent to restart."),
      },
      title: (name) => t("Restarting {0}", name),
      titleOfMany: (count) => t("Restarting {0} agents", count),
      run: (core, target, call, options) => core.restart(target, stopWith(call), options),
    }),
    pause: verb(host, present, {
      fitting: {
        title: t("Pause Agent"),
        fits: isIn("running", "unhealthy"),
        none: t("No agent is running."),
      },
      title: (name) => t("Pausing {0}", name),
      titleOfMany: (count) => t("Pausing {0} agents", count),
      run: (core, target, _call, options) => core.pause(target, options),
    }),
    resume: verb(host, present, {
      fitting: { title: t("Resume Agent"), fits: isIn("paused"), none: t("No agent is paused.") },
      title: (name) => t("Resuming {0}", name),
      titleOfMany: (count) => t("Resuming {0} agents", count),
      run: (core, target, _call, options) => core.resume(target, options),
    }),
    destroy: verb(host, present, {
      fitting: {
        title: t("Destroy Agent"),
        fits: (row) => row.operation === undefined && row.agent.managedBy === undefined,
        none: t("There is no agent to destroy."),
        ours: true,
      },
      title: (name) => t("Destroying {0}", name),
      titleOfMany: (count) => t("Destroying {0} agents", count),
      agreed: async (jobs, call) => (await import("./destroyQuestion.js")).agreedToDestroy(host, jobs, call),
      run: async (core, target, call, options, agreement) => {
        // A create that failed left nothing behind but its row.
        const failure = core.dismiss(target);
        if (failure) return { id: failure.agentId, name: failure.name };
        const destroyed = await core.destroy(target, { ...call.options, ...agreement }, options);
        if (agreement?.snapshots === "delete") await shelf.refresh(options?.engine);
        return destroyed;
      },
    }),
  };
}
