import type { Writable } from "node:stream";
import type { Command } from "./commandSyntax.js";
import type { Core, VerbOptions } from "./core.js";
import { renderAgent, renderAgents, renderHealth, renderPrune } from "./renderResult.js";

/** What a verb gave. */
export interface CommandResult {
  /** For programs: what `--json` prints. */
  value: unknown;
  /** For people; empty where the verb has written already. */
  text: string;
  /** Where it is not 0: that of an `exec`'s command. */
  exitStatus?: number;
}

/** Runs one verb of the command line on the core. The core checks the input. */
export async function runCommand(
  core: Core,
  { verb, target, input, json, verbose }: Command,
  { stdout, stderr }: { stdout: Writable; stderr: Writable },
  signal: AbortSignal,
): Promise<CommandResult> {
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
      return one(await core.list(options), renderAgents);
    case "get":
      return one(await core.get(target, options), renderAgent);
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
    case "logs":
      return one(await core.logs(target, input, options), (text) => text);
    case "openWorkspace":
      return one(await core.open(target, input, options), ({ uri }) => `${uri}\n`);
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
