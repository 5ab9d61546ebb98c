import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { abortable, abortReason } from "../util/abort.js";
import type { Connection, Route } from "./connection.js";
import { timeoutError, transportError } from "./transportErrors.js";
import { upload } from "./upload.js";

/** One HTTP request to an engine. */
export interface EngineRequest {
  method: string;
  /** With its query. */
  path: string;
  headers: OutgoingHttpHeaders;
  body?: string | Uint8Array | Readable;
  /**
   * What settles it: `answer` the whole body, `stream` the headers (the body is then the caller's), `upgrade` the
   * raw socket after a 101. A status that is not a success always gives the whole body.
   */
  expect: "answer" | "stream" | "upgrade";
  signal?: AbortSignal;
  /** Milliseconds for a socket to connect. */
  connectMs: number;
  /** Milliseconds until it settles, counted anew while an upload moves. Absent: none. */
  deadlineMs?: number;
  /** Takes a kept-alive socket. Not for what stays open. */
  pooled: boolean;
}

export interface EngineResponse {
  status: number;
  headers: IncomingHttpHeaders;
  /** Of an answer, and of every status that is not a success. */
  body: Buffer;
  /** For `stream` and `upgrade`; destroyed with the signal's reason when it is aborted. */
  stream?: Readable | Duplex;
}

/** 304 says: already started, already stopped. */
export function isSuccess(status: number): boolean {
  return (status >= 200 && status < 300) || status === 304 || status === 101;
}

/**
 * Sends one request and settles, whatever the peer does: rejects with the signal's reason, with `ENGINE_TIMEOUT` at
 * its deadline, and with the mapped transport error as soon as the connection breaks, also amid the body. Follows no
 * redirect. A GET or HEAD on a kept-alive socket that the engine had closed meanwhile is sent once more, on a fresh one.
 */
export async function send(connection: Connection, request: EngineRequest): Promise<EngineResponse> {
  request.signal?.throwIfAborted();
  // A login takes its time, and goes on for others when we have lost our patience.
  const route = (pooled: boolean) => abortable(connection.route(pooled), request.signal);
  const outcome = await attempt(connection, await route(request.pooled), request);
  if (outcome !== "stale") return outcome;
  const fresh = await attempt(connection, await route(false), { ...request, pooled: false });
  if (fresh === "stale") throw new Error("a fresh socket cannot be stale");
  return fresh;
}

function attempt(
  connection: Connection,
  route: Route,
  request: EngineRequest,
): Promise<EngineResponse | "stale"> {
  return new Promise((resolve, reject) => {
    const { signal, deadlineMs } = request;
    const { options } = route;
    const req = route.request({
      ...options,
      method: request.method,
      path: request.path,
      headers: { ...options.headers, ...request.headers },
    });
    let response: IncomingMessage | undefined;
    let upgraded: Duplex | undefined;
    let settled = false;

    const stopWaiting = () => {
      settled = true;
      clearTimeout(deadline);
      connecting.stop();
    };
    const release = () => {
      signal?.removeEventListener("abort", onAbort);
      forget();
    };
    const rejectWith = (error: unknown) => {
      if (settled) return;
      stopWaiting();
      release();
      reject(error instanceof Error ? error : new Error(String(error)));
    };
    /** Ends it from our side, before or after it has settled. */
    const cut = (reason: Error) => {
      rejectWith(reason);
      upgraded?.destroy(reason);
      response?.destroy(reason);
      req.destroy(reason);
    };
    const onTransportError = (error: unknown) => {
      if (!settled && req.reusedSocket && isRead(request) && !response && isReset(error)) {
        stopWaiting();
        release();
        resolve("stale");
      } else rejectWith(transportError(connection.name, error));
    };
    const succeed = (value: EngineResponse) => {
      if (settled) return;
      stopWaiting();
      const { stream } = value;
      if (stream) {
        // It stays bound to the signal and to the connection until it is closed. Whoever reads it sees its errors;
        // an error when nobody reads must not end the process.
        stream.on("error", () => undefined);
        stream.once("close", release);
      } else release();
      resolve(value);
    };

    const onAbort = () => signal && cut(abortReason(signal));
    const forget = connection.onDispose(cut);
    const late = (ms: number) => cut(timeoutError(connection.name, ms));
    const deadline = deadlineMs === undefined ? undefined : setTimeout(() => late(deadlineMs), deadlineMs);
    const connecting = watchConnect(req, request.connectMs, () => late(request.connectMs));
    signal?.addEventListener("abort", onAbort, { once: true });

    req.on("error", (error) => {
      onTransportError(error);
      // Node takes the end of a connection, an error included, for the end of a body that has no length.
      response?.destroy(transportError(connection.name, error));
    });
    req.on("close", () => {
      // With a response, reading its body tells how it ended.
      if (!response) onTransportError(Object.assign(new Error("socket hang up"), { code: "ECONNRESET" }));
    });
    req.on("response", (res) => {
      response = res;
      const status = res.statusCode ?? 0;
      const head = { status, headers: res.headers };
      if (request.expect === "stream" && isSuccess(status)) {
        succeed({ ...head, body: Buffer.alloc(0), stream: res });
        return;
      }
      buffer(res).then((body) => {
        succeed({ ...head, body });
        // An upload that was refused half-way need not go on.
        if (!req.writableFinished) req.destroy();
      }, onTransportError);
    });
    req.on("upgrade", (res: IncomingMessage, socket: Duplex, first: Buffer) => {
      upgraded = socket;
      if (first.length > 0) socket.unshift(first);
      succeed({ status: 101, headers: res.headers, body: Buffer.alloc(0), stream: socket });
    });

    const { body } = request;
    if (body === undefined || typeof body === "string" || body instanceof Uint8Array) req.end(body);
    else
      upload(
        req,
        body,
        () => deadline?.refresh(),
        // The caller's own failure, not one of the connection.
        (error) => cut(error),
      );
  });
}

const isRead = ({ method }: EngineRequest) => method === "GET" || method === "HEAD";

function isReset(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

/** Calls `late` when the socket is not connected (and, with TLS, agreed upon) after `ms`. */
function watchConnect(req: ClientRequest, ms: number, late: () => void): { stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const stop = () => clearTimeout(timer);
  req.once("socket", (socket) => {
    if (req.reusedSocket || !socket.connecting) return;
    timer = setTimeout(late, ms);
    socket.once("encrypted" in socket ? "secureConnect" : "connect", stop);
  });
  return { stop };
}
