import { execFile } from "node:child_process";
import { abortReason } from "../util/abort.js";

export interface SshOutcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** Runs the `ssh` client; undefined when there is none. Rejects with the signal's reason, or when it does not end. */
export type RunSsh = (args: readonly string[], signal?: AbortSignal) => Promise<SshOutcome | undefined>;

/** A `Match exec` of the user's runs with every ssh, and may hang. */
const longestMs = 10_000;

/** The `ssh` on the PATH, in the C locale. */
export const runSsh: RunSsh = (args, signal) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = execFile(
      "ssh",
      [...args],
      {
        signal,
        timeout: longestMs,
        maxBuffer: 1 << 20,
        env: { ...process.env, LC_ALL: "C" },
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (!error) resolve({ exitCode: 0, stdout, stderr });
        else if (signal?.aborted) reject(abortReason(signal));
        else if (error.code === "ENOENT") resolve(undefined);
        else if (typeof error.code === "number") resolve({ exitCode: error.code, stdout, stderr });
        else reject(new Error(error.killed ? "ssh -G did not end" : error.message, { cause: error }));
      },
    );
    child.stdin?.end();
  });
