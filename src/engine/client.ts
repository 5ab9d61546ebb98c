import Docker from "dockerode";
import { Readable } from "node:stream";
import { AgentError } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import type { Connection } from "./connection.js";
import type { Operation } from "./engineErrors.js";
import { answerError } from "./engineErrors.js";
import type { DialOptions, Modem, Seen } from "./modem.js";
import { createModem, isRefusal } from "./modem.js";

export interface Timeouts {
  /** Milliseconds for a connection, and for a ping. */
  connectMs: number;
  /** Milliseconds for one operation. */
  operationMs: number;
}

/** What is asked of the engine, and its bounds. */
export interface Call {
  operation: Operation;
  /** For the message of an error: an id, a name, a reference. */
  subject: string;
  signal?: AbortSignal;
  /** Milliseconds until it settles or, for a stream, begins; `operationMs` when absent, none when null. */
  deadlineMs?: number | null;
  /** Stays open, so that it takes its own socket. */
  long?: boolean;
  /** Gives the answer as a stream also where dockerode would collect it. */
  stream?: boolean;
}

/** The one way to the engine for every verb of this room. */
export interface Client {
  readonly engine: string;
  readonly log: Logger;
  readonly timeouts: Timeouts;
  /** Runs `work` with a dockerode whose requests have the bounds of `call`; throws only our errors. */
  run<T>(call: Call, work: (docker: Docker, seen: Seen) => Promise<T>): Promise<T>;
  /** One request as it is, for what dockerode would do in a way of its own; throws only our errors. */
  dial(call: Call, request: DialOptions): Promise<unknown>;
  dispose(): void;
}

export function createClient(connection: Connection, timeouts: Timeouts, log: Logger): Client {
  const engine = connection.name;
  async function bounded<T>(call: Call, work: (modem: Modem) => Promise<T>): Promise<T> {
    const { operation, subject, signal, long = false, stream = false } = call;
    const deadlineMs = call.deadlineMs === null ? undefined : (call.deadlineMs ?? timeouts.operationMs);
    const bounds = { signal, connectMs: timeouts.connectMs, deadlineMs, long, stream };
    try {
      return await work(createModem(connection, bounds, log));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      throw answerError({ status: error.status, message: error.message, operation, subject, engine });
    }
  }
  return {
    engine,
    log,
    timeouts,
    run: (call, work) => bounded(call, (modem) => work(createDocker(modem), modem.seen)),
    dial: (call, request) =>
      bounded(
        call,
        (modem) =>
          new Promise((resolve, reject) => {
            modem.dial(request, (error, value) => (error ? reject(error) : resolve(value)));
          }),
      ),
    dispose: () => connection.dispose(),
  };
}

function createDocker(modem: Modem): Docker {
  // dockerode takes a modem, which its types do not tell. With one it reads nothing from the environment.
  const options: Docker.DockerOptions & { modem: Modem } = { modem };
  return new Docker(options);
}

/** Options that a modem takes apart, which dockerode's types do not tell. */
export interface Split {
  _query: object;
  _body: object;
}

/** Refuses an empty id before anything is sent: the engine would answer it with a redirect to its list. */
export function requireId(id: string, what = "container"): void {
  if (!id) throw new AgentError("NOT_FOUND", `There is no ${what} without an id.`);
}

/** A name as one part of a path, its slashes kept: image references have them. */
export function pathPart(name: string): string {
  return name.split("/").map(encodeURIComponent).join("/");
}

/** dockerode's types promise less than its modem gives. */
export function asStream(value: unknown, engine: string): Readable {
  if (value instanceof Readable) return value;
  throw new AgentError("ENGINE_FAILED", `The Docker engine at ${engine} did not open a stream.`);
}
