import { Readable } from "node:stream";
import querystring from "node:querystring";
import { STATUS_CODES } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";
import type { Logger } from "../util/log.js";
import type { Connection } from "./connection.js";
import type { EngineRequest, EngineResponse } from "./send.js";
import { isSuccess, send } from "./send.js";

/** What dockerode hands to its modem: the part that we need of docker-modem's `DialOptions`. */
export interface DialOptions {
  /** Ends in `?` where `options` are the query and not the body. */
  path: string;
  method: string;
  options?: { _query?: object; _body?: unknown } & Record<string, unknown>;
  file?: Readable | Uint8Array | string;
  hijack?: boolean;
  /** What a hijacked connection goes on with; `tcp` when absent. */
  upgrade?: string;
  headers?: OutgoingHttpHeaders;
  isStream?: boolean;
  /** The login of a registry. */
  authconfig?: object;
}

type DialCallback = (error: Error | null, result: unknown) => void;

/** The bounds of one call, which dockerode has no place for in many of its methods. */
export interface Bounds {
  signal?: AbortSignal;
  connectMs: number;
  deadlineMs?: number;
  /** Stays open: takes its own socket. */
  long: boolean;
  /** Gives a stream also where dockerode would collect the answer. */
  stream: boolean;
}

/** The last answer, as it came: dockerode drops the headers, and the warnings of a create. */
export interface Seen {
  headers: IncomingHttpHeaders;
  value: unknown;
}

/** A status that is not a success, before it is known what it means. */
export interface Refusal extends Error {
  status: number;
}

export function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === "Refusal";
}

/**
 * A modem for dockerode, in the place of docker-modem, whose own `dial` reads `DOCKER_*` on every construction, puts a
 * create's body into the URL, inspects its agent on every request, follows redirects into an uncaught exception, and
 * never settles when a connection drops amid a body (research/perf section 4). One is made for each call, with the
 * bounds of that call.
 */
export interface Modem {
  dial(options: DialOptions, callback: DialCallback): void;
  readonly seen: Seen;
}

export function createModem(connection: Connection, bounds: Bounds, log: Logger): Modem {
  const seen: Seen = { headers: {}, value: undefined };
  return {
    seen,
    dial(options, callback) {
      dial(options).then(
        (value) => callback(null, value),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  };

  async function dial(options: DialOptions): Promise<unknown> {
    const request = toRequest(options, bounds);
    const begun = performance.now();
    const response = await send(connection, request);
    // Without the query: it may hold what the user typed.
    const path = request.path.split("?")[0];
    const ms = Math.round(performance.now() - begun);
    log.debug(`${connection.name} ${request.method} ${path}: ${response.status} in ${ms} ms`);
    seen.headers = response.headers;
    if (!isSuccess(response.status)) throw refusal(response);
    seen.value = response.stream ?? parseBody(response);
    return seen.value;
  }
}

function toRequest(dialled: DialOptions, bounds: Bounds): EngineRequest {
  const { method, file, hijack, isStream } = dialled;
  const { signal, connectMs, deadlineMs, long } = bounds;
  const asQuery = dialled.path.endsWith("?");
  const query = asQuery ? render(dialled.options?._query ?? dialled.options ?? {}) : "";
  const path = (asQuery ? dialled.path.slice(0, -1) : dialled.path) + (query && `?${query}`);
  const headers: OutgoingHttpHeaders = { ...dialled.headers };
  if (hijack) Object.assign(headers, { Connection: "Upgrade", Upgrade: dialled.upgrade ?? "tcp" });
  if (dialled.authconfig) {
    // Of the URL-safe kind, but padded: without the padding an engine takes it for no login, and says nothing.
    const base64 = Buffer.from(JSON.stringify(dialled.authconfig)).toString("base64");
    headers["X-Registry-Auth"] = base64.replaceAll("+", "-").replaceAll("/", "_");
  }
  const expect = hijack ? "upgrade" : isStream || bounds.stream ? "stream" : "answer";
  const base = { method, path, headers, expect, signal, connectMs, deadlineMs, pooled: !long } as const;

  if (file !== undefined) {
    headers["Content-Type"] = "application/x-tar";
    if (!(file instanceof Readable)) headers["Content-Length"] = Buffer.byteLength(file);
    return { ...base, body: file };
  }
  const body = asQuery ? dialled.options?._body : dialled.options;
  if (body === undefined || method !== "POST") return base;
  const text = JSON.stringify(body);
  headers["Content-Type"] = "application/json";
  headers["Content-Length"] = Buffer.byteLength(text);
  return { ...base, body: text };
}

/** Objects, like filters, as JSON; lists as repeated keys; what is undefined is left out. */
function render(query: object): string {
  const entries = Object.entries(query).flatMap(([key, value]: [string, unknown]) => {
    if (value === undefined) return [];
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return [[key, JSON.stringify(value)]];
    return [[key, value]];
  });
  return querystring.stringify(Object.fromEntries(entries) as querystring.ParsedUrlQueryInput);
}

function parseBody({ body, headers }: EngineResponse): unknown {
  const text = body.toString();
  if (!text || !headers["content-type"]?.includes("json")) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Given on as text, which no record accepts: the error then names what was asked for.
    return text;
  }
}

function refusal({ status, body }: EngineResponse): Refusal {
  const text = body.toString();
  let message = text;
  try {
    const json = JSON.parse(text) as unknown;
    if (json && typeof json === "object" && "message" in json && typeof json.message === "string")
      message = json.message;
  } catch {
    // A proxy's page, or nothing: taken as it is.
  }
  const words = message.trim().slice(0, 2000) || (STATUS_CODES[status] ?? "");
  return Object.assign(new Error(words), { name: "Refusal", status });
}
