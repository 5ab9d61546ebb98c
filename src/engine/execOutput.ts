import { once } from "node:events";
import type { Writable } from "node:stream";
import type { LogChunk } from "../ports/engine.js";

/** Where the output of one command goes, at the pace of who takes it. */
export interface ExecOutput {
  write: (chunk: LogChunk) => Promise<void>;
  /** Writes what was held back, or gives it as the reason when the command could not be started. */
  finish(exitCode: number): Promise<string | undefined>;
  dispose(): void;
}

const failure = Buffer.from("OCI runtime exec failed");
const maxHeld = 16 * 1024;

/**
 * Engines before 25 tell on stdout, with exit code 126 or 127, that a command could not be started. What begins like
 * that is held back until the exit code says whether it was the engine or the command that wrote it.
 * A failing `stdout` or `stderr` rejects `write` with its error. Neither is ended here: both are the caller's.
 */
export function createExecOutput(stdout?: Writable, stderr?: Writable, signal?: AbortSignal): ExecOutput {
  const failures = new AbortController();
  const onError = (error: Error) => failures.abort(error);
  const onClose = () => failures.abort(new Error("the output was closed while the command was writing"));
  const targets = [...new Set([stdout, stderr])].filter((target) => target !== undefined);
  for (const target of targets) target.on("error", onError).on("close", onClose);

  let held: Buffer[] | undefined;
  let first = true;

  const pass = async (target: Writable | undefined, data: Buffer) => {
    if (!target) return;
    if (target.destroyed || target.writableEnded) onClose();
    failures.signal.throwIfAborted();
    if (target.write(data)) return;
    const waiting = new AbortController();
    const stop = () => waiting.abort();
    failures.signal.addEventListener("abort", stop, { once: true });
    signal?.addEventListener("abort", stop, { once: true });
    try {
      await once(target, "drain", { signal: waiting.signal });
    } catch (error) {
      signal?.throwIfAborted();
      failures.signal.throwIfAborted();
      throw error;
    } finally {
      failures.signal.removeEventListener("abort", stop);
      signal?.removeEventListener("abort", stop);
    }
  };
  const letGo = async () => {
    const pieces = held ?? [];
    held = undefined;
    for (const piece of pieces) await pass(stdout, piece);
  };

  return {
    async write({ stream, data }) {
      if (stream === "stderr") return pass(stderr, data);
      if (first && data.subarray(0, failure.length).equals(failure)) held = [];
      first = false;
      if (!held) return pass(stdout, data);
      held.push(data);
      if (held.reduce((sum, piece) => sum + piece.length, 0) > maxHeld) await letGo();
    },
    async finish(exitCode) {
      if (held && (exitCode === 126 || exitCode === 127)) return Buffer.concat(held).toString().trim();
      await letGo();
      return undefined;
    },
    dispose() {
      for (const target of targets) target.off("error", onError).off("close", onClose);
    },
  };
}
