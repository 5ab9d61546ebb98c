import type { Readable, Writable } from "node:stream";
import { homedir, userInfo } from "node:os";
import { toAgentError, type AgentError } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import { ownIds } from "../util/ownIds.js";
import { plainText } from "../util/plainText.js";
import { parseCommandLine, usage, type Command } from "./commandSyntax.js";
import { createCore } from "./createCore.js";
import { runCommand } from "./runCommand.js";

/** The process, as far as the command line uses it. */
export interface CommandLine {
  /** Without the program's own name. */
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  platform: NodeJS.Platform;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  /** Called for each SIGINT and SIGTERM. */
  onInterrupt: (listener: () => void) => void;
}

const status = { ok: 0, failed: 1, usage: 2, cancelled: 130 } as const;

function stderrLogger(stderr: Writable, verbose: boolean): Logger {
  const line = (message: string) => void stderr.write(`${message}\n`);
  const silent = () => undefined;
  return { debug: verbose ? line : silent, info: verbose ? line : silent, warn: line, error: line };
}

function writeError(line: CommandLine, json: boolean, error: AgentError): void {
  if (json) return void line.stdout.write(`${JSON.stringify({ error: error.toJSON() })}\n`);
  // Both hold words of the engine and of labels.
  if (error.log) line.stderr.write(`${error.log.split("\n").map(plainText).join("\n")}\n`);
  const sentence = `${error.message}${error.remedy ? ` ${error.remedy}` : ""}`;
  line.stderr.write(`${sentence.split("\n").map(plainText).join("\n")} [${error.code}]\n`);
}

/** Settles when everything written has left: a pipe may be slower than the process is quick to end. */
const flushed = (stream: Writable) => new Promise<void>((resolve) => stream.write("", () => resolve()));

/**
 * The program `agent-containers` (SPEC X2): one document on stdout, progress and log on stderr. Gives the exit
 * status: 0, 1 (failed), 2 (bad usage), 130 (cancelled).
 */
export async function main(line: CommandLine): Promise<number> {
  const exitStatus = await run(line);
  await Promise.all([flushed(line.stdout), flushed(line.stderr)]);
  return exitStatus;
}

async function run(line: CommandLine): Promise<number> {
  let command: Command;
  try {
    command = await parseCommandLine(line.args, line.stdin);
  } catch (error) {
    writeError(line, line.args.includes("--json"), toAgentError(error));
    return status.usage;
  }
  if (command.verb === "help") {
    line.stdout.write(usage);
    return status.ok;
  }

  const interrupted = new AbortController();
  line.onInterrupt(() => {
    line.stderr.write("Cancelling…\n");
    interrupted.abort();
  });
  // Who reads has gone, as `head` does: there is nobody left to go on for.
  line.stdout.on("error", () => interrupted.abort());
  const home = line.env.HOME ?? homedir();
  const core = createCore({
    engine: command.engine,
    env: line.env,
    homeDir: home,
    user: ownIds(line.platform),
    platform: line.platform,
    cwd: process.cwd(),
    plainSsh: home === userInfo().homedir,
    log: stderrLogger(line.stderr, command.verbose),
  });
  try {
    const { value, text, exitStatus = 0 } = await runCommand(core, command, line, interrupted.signal);
    if (!command.json) line.stdout.write(text);
    else if (value !== undefined) line.stdout.write(`${JSON.stringify(value)}\n`);
    return exitStatus;
  } catch (error) {
    const problem = toAgentError(error);
    writeError(line, command.json, problem);
    return problem.code === "CANCELLED" ? status.cancelled : status.failed;
  } finally {
    // What was asked for is printed; what nobody waited for is still to be written.
    await core.settled();
    core.dispose();
  }
}
