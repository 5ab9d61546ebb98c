import type { Writable } from "node:stream";
import type { ExecOptions } from "../model/options.js";
import type { ContainerFacts } from "../ports/engine.js";
import { collect } from "../util/sinks.js";
import type { AgentContext } from "./context.js";
import { foreignIdentity } from "../model/foreign.js";
import { requireLabels } from "./facts.js";
import { withSecrets } from "./secrets.js";

/** How a command in an agent ended, and what it wrote. */
export interface ExecResult {
  exitCode: number;
  /** The signal (`SIGTERM`), where the exit code says that one ended it. */
  signal?: string;
  stdout: string;
  stderr: string;
}

const signalNames: Record<number, string> = {
  1: "SIGHUP",
  2: "SIGINT",
  6: "SIGABRT",
  9: "SIGKILL",
  15: "SIGTERM",
};

/** Where output goes as it comes. */
export interface ExecSinks {
  stdout?: Writable;
  stderr?: Writable;
}

/**
 * Runs a command in a running agent (SPEC M4). With `sinks`, what it writes goes there as it comes and the result's
 * texts are empty; without, it is collected. In an agent with secrets the command has them in its environment; one that
 * is not there then ends with 127, as in a shell. Cancelling kills the command. `NOT_RUNNING`, `EXEC_FAILED`.
 */
export async function execInAgent(
  context: AgentContext,
  facts: ContainerFacts,
  options: ExecOptions,
  sinks: ExecSinks & { signal?: AbortSignal } = {},
): Promise<ExecResult> {
  // Another program's container: in its own folder, as its own user.
  const labels = foreignIdentity(facts.labels) ? undefined : requireLabels(facts);
  const stdout = collect();
  const stderr = collect();
  const { exitCode } = await context.engine.exec(
    facts.id,
    {
      command: labels ? withSecrets(labels, options.command) : options.command,
      cwd: options.cwd ?? labels?.workspaceFolder,
      user: options.user ?? labels?.user,
      env: options.env,
      tty: options.tty,
      stdin: options.stdin === undefined ? undefined : Buffer.from(options.stdin),
      stdout: sinks.stdout ?? stdout.stream,
      stderr: sinks.stderr ?? stderr.stream,
    },
    sinks.signal,
  );
  const signal = exitCode > 128 ? signalNames[exitCode - 128] : undefined;
  return { exitCode, ...(signal && { signal }), stdout: stdout.text(), stderr: stderr.text() };
}
