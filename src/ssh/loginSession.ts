import type { Duplex } from "node:stream";
import type { Client, ClientChannel } from "ssh2";
import { AgentError } from "../model/errors.js";
import { abortable, anySignal } from "../util/abort.js";

export interface RunResult {
  /** 255 when a signal ended the command. */
  exitCode: number;
  /** Without `SIG`, as `TERM`. */
  signal?: string;
  stdout: string;
  stderr: string;
}

/** One login. Calls reject with `SSH_UNREACHABLE` when the connection is lost, or with the signal's reason. */
export interface LoginSession {
  /** Runs a line of the login shell. Of its output each stream holds at most 8 MiB, else `EXEC_FAILED`. */
  run(command: string, options?: { stdin?: string | Uint8Array; signal?: AbortSignal }): Promise<RunResult>;
  /** A connection that sshd opens to an address on its side; `SSH_UNREACHABLE` when it refuses. */
  forward(host: string, port: number, signal?: AbortSignal): Promise<Duplex>;
}

const longestOutput = 8 * 1024 * 1024;

/** A session over a client that is logged in. `dispose` ends what runs; the client stays the caller's. */
export function startSession(
  client: Client,
  whole: AbortSignal | undefined,
): LoginSession & { dispose(): void } {
  const lost = new AbortController();
  const onLost = (error?: Error) => lost.abort(connectionLost(error));
  client.on("error", onLost);
  client.on("close", onLost);
  const until = (signal: AbortSignal | undefined) => anySignal(lost.signal, whole, signal);
  return {
    async run(command, { stdin, signal } = {}) {
      const stop = until(signal);
      const channel = await opened<ClientChannel>(stop, (done) => client.exec(command, done));
      return abortable(collected(channel, stdin), stop).finally(() => channel.destroy());
    },
    forward: (host, port, signal) =>
      opened<ClientChannel>(until(signal), (done) => client.forwardOut("127.0.0.1", 0, host, port, done)),
    dispose() {
      onLost();
      client.removeListener("error", onLost);
      client.removeListener("close", onLost);
    },
  };
}

/** The channel that `open` gives, closed again when it comes too late. */
async function opened<T extends Duplex>(
  stop: AbortSignal,
  open: (done: (error: Error | undefined, channel: T) => void) => void,
): Promise<T> {
  stop.throwIfAborted();
  const channel = new Promise<T>((resolve, reject) => {
    open((error, opened) => {
      if (error) {
        reject(new AgentError("SSH_UNREACHABLE", `sshd refuses: ${error.message}.`, { cause: error }));
      } else {
        if (stop.aborted) opened.destroy();
        resolve(opened);
      }
    });
  });
  return abortable(channel, stop);
}

function collected(channel: ClientChannel, stdin: string | Uint8Array | undefined): Promise<RunResult> {
  return new Promise<RunResult>((resolve, reject) => {
    const gather = (stream: NodeJS.ReadableStream) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > longestOutput) reject(new AgentError("EXEC_FAILED", "The command wrote more than 8 MiB."));
        else chunks.push(chunk);
      });
      return () => Buffer.concat(chunks).toString("utf8");
    };
    const stdout = gather(channel);
    const stderr = gather(channel.stderr);
    let end: { exitCode: number; signal?: string } | undefined;
    channel.on("exit", (exitCode: number | null, signal?: string) => {
      end = { exitCode: exitCode ?? 255, ...(signal ? { signal: signal.replace(/^SIG/, "") } : {}) };
    });
    channel.on("error", reject);
    channel.on("close", () => {
      if (end) resolve({ ...end, stdout: stdout(), stderr: stderr() });
      else reject(connectionLost());
    });
    channel.end(stdin ?? "");
  });
}

function connectionLost(cause?: Error): AgentError {
  return new AgentError("SSH_UNREACHABLE", "The SSH connection to the agent was lost.", {
    cause,
    remedy: "See whether the agent still runs, then try again.",
  });
}
