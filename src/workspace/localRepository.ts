import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, realpath, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AgentError } from "../model/errors.js";
import { abortReason } from "../util/abort.js";
import {
  gitMaybe,
  quietEnvironment,
  quietSettings,
  type GitAnswer,
  type GitCall,
  type GitSide,
} from "./gitSide.js";

/** A hook's GIT_DIR would name another repository. */
function environment(more: Readonly<Record<string, string>> | undefined): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return { ...Object.fromEntries(own), ...quietEnvironment, ...more };
}

async function run(root: string, args: readonly string[], call: GitCall = {}): Promise<GitAnswer> {
  const { env, input, output, signal } = call;
  signal?.throwIfAborted();
  const child = spawn("git", [...quietSettings, ...args], {
    cwd: root,
    env: environment(env),
    windowsHide: true,
  });
  const onAbort = () => child.kill();
  signal?.addEventListener("abort", onAbort, { once: true });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const read = output
    ? pipeline(child.stdout, output, { end: false })
    : (child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk)), Promise.resolve());
  const source = input instanceof Readable ? input : Readable.from(input === undefined ? [] : [input]);
  // Git that has read all it needs may end before its input does; its code tells whether that was well.
  child.stdin.on("error", () => undefined);
  // Input that broke must not look like its end.
  source.on("close", () => source.readableEnded || child.kill());
  source.on("error", () => child.kill());
  source.pipe(child.stdin);
  try {
    const [[code]] = (await Promise.all([once(child, "close"), read])) as [[number | null], void];
    if (signal?.aborted) throw abortReason(signal);
    return { code: code ?? -1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() };
  } catch (error) {
    child.kill();
    if (signal?.aborted) throw abortReason(signal);
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw noGit(error);
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function noGit(cause: Error): AgentError {
  return new AgentError("UNSUPPORTED", "git cannot be run on this machine.", {
    remedy: "Install git: changes are brought over with it.",
    cause,
  });
}

/**
 * The repository of this machine that `folder` is in; undefined where it is in none, or is not there. `UNSUPPORTED`
 * without a git.
 */
export async function openLocalRepository(folder: string): Promise<GitSide | undefined> {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined) return undefined;
  const side = (root: string): GitSide => ({
    name: "here",
    root,
    run: (args, call) => run(root, args, call),
    temporary: () => mkdtemp(join(tmpdir(), "agent-containers-git-")),
    async copyFile(from, to) {
      try {
        const { atimeMs, mtimeMs } = await stat(from);
        await copyFile(from, to);
        await utimes(to, Math.floor(atimeMs) / 1000, Math.floor(mtimeMs) / 1000);
        return true;
      } catch (error) {
        if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
        throw error;
      }
    },
    async remove(paths) {
      for (const path of paths) await rm(resolve(root, path), { recursive: true, force: true });
    },
  });
  const top = await gitMaybe(side(real), ["rev-parse", "--show-toplevel"]);
  return top === "" ? undefined : side(top);
}
