import { execFile } from "node:child_process";
import { lstat } from "node:fs/promises";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";

const run = promisify(execFile);

/**
 * The files, and the folders on the way to them, that git tracks in the repository `root` although its ignore rules
 * name them. A copy without them would show them as deleted. Empty for a plain folder, and when git cannot be asked.
 */
export async function trackedThoughIgnored(root: string, log: Logger): Promise<Set<string>> {
  const paths = new Set<string>();
  if (!(await exists(join(root, ".git")))) return paths;
  // Nothing of the folder's own configuration may run: its file system monitor is a command.
  const args = [
    "-c",
    "core.fsmonitor=false",
    "ls-files",
    "-z",
    "--cached",
    "--ignored",
    "--exclude-standard",
  ];
  // A hook's GIT_DIR would name another repository.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_")));
  try {
    const { stdout } = await run("git", args, { cwd: root, env, maxBuffer: 256 * 2 ** 20, timeout: 30_000 });
    for (const file of stdout.split("\0")) {
      for (let path = file; path !== "" && path !== "."; path = posix.dirname(path)) paths.add(path);
    }
  } catch (error) {
    log.info(
      `git did not tell which ignored files of ${root} it tracks; they are left out: ${messageOf(error)}`,
    );
  }
  return paths;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
