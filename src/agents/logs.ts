import type { Writable } from "node:stream";
import { AgentError } from "../model/errors.js";
import { resolveLogTime } from "../model/logTime.js";
import type { LogsOptions } from "../model/options.js";
import type { LogChunk, LogRequest } from "../ports/engine.js";
import { abortable } from "../util/abort.js";
import type { AgentContext } from "./context.js";
import type { ExecSinks } from "./exec.js";

/** What a container has written, by stream. */
export interface LogsResult {
  stdout: string;
  stderr: string;
}

/** More than this is not collected: whoever wants it all takes it as it comes. */
const maxCollectedBytes = 64 * 2 ** 20;

const tooLong = () =>
  new AgentError("SPEC_INVALID", `The log is longer than ${maxCollectedBytes / 2 ** 20} MiB.`, {
    field: "tail",
    remedy: 'Ask for fewer lines with "tail" or "since", or take it as it comes.',
  });

/** What Docker is asked for; a duration counts back from now. */
function requestOf(context: AgentContext, { since, until, tail, ...rest }: LogsOptions): LogRequest {
  const now = context.clock.now();
  return {
    ...rest,
    ...(since && { since: resolveLogTime(since, now) }),
    ...(until && { until: resolveLogTime(until, now) }),
    ...(tail !== "all" && { tail }),
  };
}

const isClosedPipe = (error: unknown) => error instanceof Error && "code" in error && error.code === "EPIPE";

/** A sink at the pace of who reads it: a slow one slows the engine down, and nothing piles up here. */
class Outlet {
  private failure: Error | undefined;

  constructor(private readonly sink: Writable) {
    // It stays: an error that comes later, and nobody hears, would end the process.
    if (!heard.has(sink)) sink.on("error", nothing);
    heard.add(sink);
  }

  /** Undefined where it takes more at once: a promise for each of a million lines would cost more than the lines. */
  write(data: Buffer): Promise<void> | undefined {
    if (this.failure) throw this.failure;
    const takesMore = this.sink.write(data, (error) => {
      this.failure ??= error ?? undefined;
    });
    return takesMore ? undefined : this.drained();
  }

  /** Resolves when all that was given has been taken. */
  flushed(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.sink.write(Buffer.alloc(0), (error) => {
        const failure = this.failure ?? error;
        if (failure) reject(failure);
        else resolve();
      });
    });
  }

  private async drained(): Promise<void> {
    const { sink } = this;
    const ends = ["drain", "error", "close"] as const;
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const end of ends) sink.off(end, done);
        resolve();
      };
      for (const end of ends) sink.on(end, done);
    });
    if (sink.errored) throw sink.errored;
    if (this.failure) throw this.failure;
  }
}

const nothing = () => undefined;
const heard = new WeakSet<Writable>();

async function pass(
  chunks: AsyncIterable<LogChunk>,
  sinks: Required<ExecSinks>,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    const outlets = { stdout: new Outlet(sinks.stdout), stderr: new Outlet(sinks.stderr) };
    for await (const { stream, data } of chunks) {
      const waiting = outlets[stream].write(data);
      if (waiting) await abortable(waiting, signal);
    }
    await abortable(Promise.all([outlets.stdout.flushed(), outlets.stderr.flushed()]), signal);
  } catch (error) {
    // Who reads has read enough, as `head` does.
    if (!isClosedPipe(error)) throw error;
  }
}

async function collect(chunks: AsyncIterable<LogChunk>): Promise<LogsResult> {
  const streams: Record<LogChunk["stream"], Buffer[]> = { stdout: [], stderr: [] };
  let bytes = 0;
  for await (const { stream, data } of chunks) {
    bytes += data.length;
    if (bytes > maxCollectedBytes) throw tooLong();
    streams[stream].push(data);
  }
  const text = (parts: readonly Buffer[]) => Buffer.concat(parts).toString("utf8");
  return { stdout: text(streams.stdout), stderr: text(streams.stderr) };
}

/**
 * What a container wrote, running or stopped, both streams told apart (SPEC M3). With `stdout` and `stderr` it goes
 * there as it comes, in its order, and the result's texts are empty; without, it is collected, up to 64 MiB. With
 * `follow` it goes on until the container stops or `signal` is aborted, and takes sinks (`SPEC_INVALID` without).
 */
export async function readLogs(
  context: AgentContext,
  containerId: string,
  options: LogsOptions,
  { stdout, stderr, signal }: ExecSinks & { signal?: AbortSignal } = {},
): Promise<LogsResult> {
  const chunks = context.engine.logs(containerId, requestOf(context, options), signal);
  if (stdout && stderr) {
    await pass(chunks, { stdout, stderr }, signal);
    return { stdout: "", stderr: "" };
  }
  if (options.follow) {
    throw new AgentError("SPEC_INVALID", 'The options object: "follow" takes somewhere to write to.', {
      field: "follow",
      remedy: "Give the streams stdout and stderr, or follow with the command line.",
    });
  }
  return collect(chunks);
}

/** The last `lines` lines, both streams together in their order. */
export async function readLastLines(
  context: AgentContext,
  containerId: string,
  lines: number,
  signal?: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const { data } of context.engine.logs(containerId, { tail: lines }, signal)) chunks.push(data);
  return Buffer.concat(chunks).toString("utf8").trimEnd();
}
