import type { Readable, Writable } from "node:stream";
import { getOptions, parseOptions } from "../model/options.js";
import type { AgentStats } from "../model/stats.js";
import type { Command } from "./commandSyntax.js";
import type { Core, VerbOptions } from "./core.js";
import { jsonLogSinks } from "./logOutput.js";
import {
  renderAgent,
  renderAgents,
  renderForks,
  renderHealth,
  renderPrune,
  renderSnapshots,
  renderStats,
} from "./renderResult.js";
import { renderComparison } from "./renderComparison.js";
import { renderChanges, renderOverlaps, renderPulled, renderPushed } from "./renderChanges.js";
import { runFileCommand } from "./runFileCommand.js";

/** What a verb gave. */
export interface CommandResult {
  /** For programs: what `--json` prints; undefined where the verb has written already. */
  value: unknown;
  /** For people; empty where the verb has written already. */
  text: string;
  /** Where it is not 0: that of an `exec`'s command. */
  exitStatus?: number;
}

/** Runs one verb of the command line on the core. The core checks the input. */
export async function runCommand(
  core: Core,
  command: Command,
  streams: { stdin: Readable; stdout: Writable; stderr: Writable },
  signal: AbortSignal,
): Promise<CommandResult> {
  const { verb, target, input, json, verbose } = command;
  const { stdout, stderr } = streams;
  let shown = "";
  const options: VerbOptions = {
    signal,
    onProgress: ({ stage, detail }) => {
      if (detail && verbose) stderr.write(`${stage}: ${detail}\n`);
      else if (stage !== shown) stderr.write(`${stage}…\n`);
      shown = stage;
    },
  };
  const one = <T>(value: T, render: (value: T) => string): CommandResult => ({ value, text: render(value) });
  switch (verb) {
    case "create":
      return one(await core.create(input, options), renderAgent);
    case "list":
      return one(await core.list({ ...options, foreign: input.foreign === true }), renderAgents);
    case "get": {
      const { resources } = parseOptions(getOptions, input);
      return one(await core.get(target, { ...options, resources }), renderAgent);
    }
    case "start":
      return one(await core.start(target, options), renderAgent);
    case "stop":
      return one(await core.stop(target, input, options), renderAgent);
    case "restart":
      return one(await core.restart(target, input, options), renderAgent);
    case "pause":
      return one(await core.pause(target, options), renderAgent);
    case "resume":
      return one(await core.resume(target, options), renderAgent);
    case "rename":
      return one(await core.rename(target, input, options), renderAgent);
    case "destroy":
      return one(await core.destroy(target, input, options), ({ name }) => `${name} is destroyed.\n`);
    case "setTags":
      return one(await core.setTags(target, input, options), renderAgent);
    case "exec": {
      // With --json the output is part of the one document; without, it passes through as it comes.
      const value = await core.exec(target, input, { signal, ...(!json && { stdout, stderr }) });
      return { value, text: "", exitStatus: json ? 0 : value.exitCode };
    }
    case "logs": {
      if (json && input.follow !== true) return one(await core.logs(target, input, options), () => "");
      await core.logs(target, input, { signal, ...(json ? jsonLogSinks(stdout) : { stdout, stderr }) });
      return { value: undefined, text: "" };
    }
    case "stats": {
      const onSample = (stats: AgentStats) =>
        void stdout.write(json ? `${JSON.stringify(stats)}\n` : renderStats(stats));
      const last = await core.stats(target, input, { signal, onSample });
      return input.follow === true ? { value: undefined, text: "" } : one(last, renderStats);
    }
    case "listFiles":
    case "readFile":
    case "writeFile":
    case "removeFile":
    case "makeDirectory":
    case "moveFile":
    case "copyFile":
    case "upload":
    case "download":
      return runFileCommand(core, verb, command, streams, options);
    case "openWorkspace":
      return one(await core.open(target, input, options), ({ uri }) => `${uri}\n`);
    case "snapshot":
      return one(await core.snapshot(target, input, options), (made) => renderSnapshots([made]));
    case "listSnapshots":
      return one(await core.listSnapshots(input, options), renderSnapshots);
    case "deleteSnapshot":
      return one(await core.deleteSnapshot(input, options), ({ name }) => `${name} is deleted.\n`);
    case "compareSnapshot":
      return one(await core.compareSnapshot(input, options), renderComparison);
    case "restore":
      return one(await core.restore(target, input, options), renderAgent);
    case "fork":
      return one(await core.fork(target, input, options), renderForks);
    case "diff":
      return one(await core.diff(target, input, options), renderChanges);
    case "pull":
      return one(await core.pull(target, input, options), renderPulled);
    case "push":
      return one(await core.push(target, input, options), renderPushed);
    case "overlaps":
      return one(await core.overlaps(input, options), renderOverlaps);
    case "prune":
      return one(await core.prune(input, options), renderPrune);
    case "health":
      return one(await core.health(options), renderHealth);
    case "removeSshIntegration":
      await core.removeSshIntegration();
      return { value: {}, text: "Everything of ours is out of ~/.ssh.\n" };
    case "help":
      return { value: {}, text: "" };
  }
}
