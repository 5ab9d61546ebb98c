import { execFile } from "node:child_process";
import { abortReason } from "../util/abort.js";

export interface ProgramOutcome {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs one of OpenSSH's programs in the C locale; undefined when it is not installed. Rejects with the signal's
 * reason, and when a signal ended it.
 */
export function runProgram(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<ProgramOutcome | undefined> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const options = { signal, maxBuffer: 1 << 22, env: { ...env, LC_ALL: "C" }, windowsHide: true };
    const child = execFile(file, [...args], options, (error, stdout, stderr) => {
      if (!error) resolve({ exitCode: 0, stdout, stderr });
      else if (signal.aborted) reject(abortReason(signal));
      else if (error.code === "ENOENT") resolve(undefined);
      else if (typeof error.code === "number") resolve({ exitCode: error.code, stdout, stderr });
      else reject(new Error(`${file} did not run: ${error.message}`, { cause: error }));
    });
    child.stdin?.end();
  });
}
