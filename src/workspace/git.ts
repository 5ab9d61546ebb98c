import { spawn } from "node:child_process";
import { AgentError } from "../model/errors.js";
import { abortReason } from "../util/abort.js";

/** How this machine's git is asked. */
export interface GitOptions {
  /** The process's own environment: where git is, and whose settings it reads. */
  env: Readonly<Record<string, string | undefined>>;
  /** Where `env` says nothing about it. */
  homeDir: string;
  signal?: AbortSignal;
}

/** One question. */
export interface GitCall {
  /** More variables: `GIT_INDEX_FILE`. */
  env?: Readonly<Record<string, string>>;
  input?: string;
  /** Settings for this call alone: `-c name=value`. */
  settings?: readonly (readonly [name: string, value: string])[];
}

/** Git said no: its exit code and its last words. */
export class GitFailure extends Error {
  constructor(
    readonly exitCode: number,
    readonly stderr: string,
  ) {
    const [line = ""] = stderr
      .split("\n")
      .filter((text) => /^(fatal|error): /.test(text))
      .slice(-1);
    super(line.replace(/^(fatal|error): /, "") || stderr.trim() || `git ended with ${exitCode}`);
  }
}

/** Runs git in one folder and gives what it wrote to stdout. Throws `GitFailure`, or `WORKSPACE_INVALID` without a git. */
export type Git = (args: readonly string[], call?: GitCall) => Promise<string>;

/**
 * This user's git in `folder`, for reading alone: it takes no lock, fetches nothing, and runs no hook and no file system
 * monitor. Variables of a calling hook (`GIT_DIR`) would name another repository, so none is passed on.
 */
export function gitIn(folder: string, { env, homeDir, signal }: GitOptions): Git {
  const own = Object.entries(env).filter(([name]) => !name.startsWith("GIT_"));
  const quiet = {
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    // A partial clone would fetch what it lacks. The first is of 2.44; without a protocol older ones cannot either.
    GIT_NO_LAZY_FETCH: "1",
    GIT_ALLOW_PROTOCOL: "",
  };
  return async (args, call = {}) => {
    const settings = [
      ["core.fsmonitor", "false"],
      ["core.hooksPath", "/dev/null"],
      ...(call.settings ?? []),
    ].flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const child = spawn("git", [...settings, ...args], {
      cwd: folder,
      env: { HOME: homeDir, ...Object.fromEntries(own), ...quiet, ...call.env },
      stdio: ["pipe", "pipe", "pipe"],
      signal,
    });
    const out: Buffer[] = [];
    const said: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    // One that has failed already reads no more; its exit code tells.
    child.stdin.on("error", () => undefined);
    child.stdin.end(call.input ?? "");
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.on("error", (error) => reject(signal?.aborted ? abortReason(signal) : noGit(error)));
      child.on("close", (code) => resolve(code ?? -1));
    });
    if (exitCode !== 0) throw new GitFailure(exitCode, Buffer.concat(said).toString("utf8"));
    return Buffer.concat(out).toString("utf8");
  };
}

/** The parts of an answer of `-z`. */
export const splitZ = (text: string): string[] => text.split("\0").filter((part) => part !== "");

function noGit(cause: Error): AgentError {
  return new AgentError("WORKSPACE_INVALID", `git cannot be run here: ${cause.message}`, {
    field: "workspace.mode",
    remedy: 'Install git, or set the mode of the workspace to "copy".',
    cause,
  });
}
