import { execFile } from "node:child_process";
import * as z from "zod";
import { abortReason } from "../util/abort.js";
import { parseJson } from "./dockerContexts.js";
import type { Surroundings } from "./resolveEndpoint.js";

/** What a credential helper knows of a registry; nothing where `problem` says why it could not be asked. */
export interface HelperAnswer {
  username?: string;
  secret?: string;
  problem?: string;
}

/** A helper may have to unlock a key ring, and ask its user for that. */
const helperTimeoutMs = 60_000;
const answer = z.object({ Username: z.string(), Secret: z.string() });
/** Where Docker Desktop and package managers put helpers, which a program started from the desktop has not on PATH. */
const usualFolders = ":/usr/local/bin:/opt/homebrew/bin:/Applications/Docker.app/Contents/Resources/bin";

/**
 * Asks `docker-credential-<name> get` for the login of a registry, whose key goes to its stdin. Never throws but for
 * the signal: without an answer a pull may still work. What it wrote is told only where it failed, and then its first
 * line. Source: docker/docker-credential-helpers, client/client.go and credentials/error.go.
 */
export function askCredentialHelper(
  name: string,
  key: string,
  { env, platform }: Surroundings,
  signal?: AbortSignal,
  timeoutMs = helperTimeoutMs,
): Promise<HelperAnswer> {
  const program = `docker-credential-${name}`;
  // It comes from a file: a path would run anything.
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    return Promise.resolve({ problem: "the name of its credential helper is malformed" });
  }
  const path = platform === "win32" ? env.PATH : `${env.PATH ?? "/usr/bin:/bin"}${usualFolders}`;
  const options = { env: { ...env, PATH: path }, timeout: timeoutMs, signal, windowsHide: true } as const;
  return new Promise((resolve, reject) => {
    const child = execFile(program, ["get"], { ...options, killSignal: "SIGKILL" }, (error, stdout) => {
      if (signal?.aborted) return reject(abortReason(signal));
      if (!error) {
        const parsed = answer.safeParse(parseJson(stdout));
        if (!parsed.success) return resolve({ problem: `${program} gave no login that can be read` });
        return resolve({ username: parsed.data.Username, secret: parsed.data.Secret });
      }
      if (error.code === "ENOENT") return resolve({ problem: `${program} is not installed` });
      if (error.killed) return resolve({ problem: `${program} did not answer within ${timeoutMs / 1000} s` });
      // By the protocol an error is told on stdout, and these words mean that there is no login.
      if (/credentials not found/i.test(stdout)) return resolve({});
      const line = stdout.trim().split(/\r?\n/)[0] ?? "";
      const words = line.includes("{") ? "" : line.slice(0, 200);
      return resolve({ problem: `${program} failed${words && `: ${words}`}` });
    });
    // One that ends without reading is judged by its exit code.
    child.stdin?.on("error", () => undefined).end(key);
  });
}
