import type { Readable, Writable } from "node:stream";
import { AgentError } from "../model/errors.js";

/** One run of git. */
export interface GitCall {
  env?: Readonly<Record<string, string>>;
  input?: string | Buffer | Readable;
  /** Where what it writes goes as it comes; the result's `stdout` is then empty. It is not ended. */
  output?: Writable;
  signal?: AbortSignal;
}

/** How a run of git ended. */
export interface GitAnswer {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/**
 * A repository with its work tree, here or in an agent, so that what brings changes over is written once for both
 * directions. Git runs at the top of the work tree, without hooks and without a file system monitor.
 */
export interface GitSide {
  /** For people: `here`, or the agent's name. */
  name: string;
  /** The top of the work tree. */
  root: string;
  run(args: readonly string[], call?: GitCall): Promise<GitAnswer>;
  /** A new folder outside the work tree. */
  temporary(): Promise<string>;
  /**
   * With its time, no later than it was: git tells by an index's time which files it has to read again. False where
   * there is no such file.
   */
  copyFile(from: string, to: string): Promise<boolean>;
  /** Removes files (relative to the root), or a temporary folder (absolute) with all that is in it. */
  remove(paths: readonly string[]): Promise<void>;
}

/** Settings for every call, on both sides: nothing of the repository's own configuration may run beside it. */
export const quietSettings = [
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  // It would be an error for a file that is only read.
  "core.safecrlf=false",
].flatMap((one) => ["-c", one]);

/** For every call: no questions, no needless locks, no translations, and paths that are paths and not patterns. */
export const quietEnvironment = {
  GIT_TERMINAL_PROMPT: "0",
  GIT_OPTIONAL_LOCKS: "0",
  GIT_LITERAL_PATHSPECS: "1",
  LC_ALL: "C",
};

/** Git said no. `EXEC_FAILED`, with its words in the log. */
export function gitRefused(side: GitSide, args: readonly string[], { code, stderr }: GitAnswer): AgentError {
  const said = stderr
    .split("\n")
    .filter((line) => /^(fatal|error): /.test(line))
    .map((line) => line.replace(/^(fatal|error): /, ""));
  const reason = said.at(-1) ?? `it ended with ${code}`;
  return new AgentError("EXEC_FAILED", `git ${args[0] ?? ""} did not work (${side.name}): ${reason}`, {
    log: stderr.trim(),
    remedy: "See the log for git's own words.",
  });
}

/** Runs git and gives what it wrote. `EXEC_FAILED` where it says no. */
export async function git(side: GitSide, args: readonly string[], call?: GitCall): Promise<Buffer> {
  const answer = await side.run(args, call);
  if (answer.code !== 0) throw gitRefused(side, args, answer);
  return answer.stdout;
}

/** The same, as one line of text. */
export async function gitLine(side: GitSide, args: readonly string[], call?: GitCall): Promise<string> {
  return (await git(side, args, call)).toString().trim();
}

/** The same, empty where git says no: for questions whose no is an answer. */
export async function gitMaybe(side: GitSide, args: readonly string[], call?: GitCall): Promise<string> {
  const { code, stdout } = await side.run(args, call);
  return code === 0 ? stdout.toString().trim() : "";
}
