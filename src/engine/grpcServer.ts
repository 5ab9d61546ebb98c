import { createServer, constants } from "node:http2";
import type { ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";

/** Answers one call: the bytes of the request's message → those of the answer's, or undefined for "there is none". */
export type GrpcMethod = (request: Uint8Array) => Promise<Uint8Array | undefined> | Uint8Array | undefined;

// Source: grpc, doc/statuscodes.md.
const grpcStatus = { ok: "0", notFound: "5", unimplemented: "12", internal: "13" } as const;

/**
 * Serves gRPC methods, each one message for one message, to the peer of `socket`: the least of the protocol that
 * BuildKit asks of a client. Methods by their paths, `/package.Service/Method`. What a method throws stays here: the
 * peer would put it into a log. Returns the end of it, which closes the socket.
 * Source: grpc, doc/PROTOCOL-HTTP2.md.
 */
export function serveGrpc(socket: Duplex, methods: ReadonlyMap<string, GrpcMethod>): () => void {
  const server = createServer();
  const sessions = new Set<ServerHttp2Session>();
  server.on("session", (session) => {
    sessions.add(session);
    // The peer may go at any time; the build itself says what that means.
    session.on("error", () => undefined);
  });
  server.on("stream", (stream, headers) => {
    stream.on("error", () => undefined);
    const method = methods.get(String(headers[constants.HTTP2_HEADER_PATH]));
    if (!method) return refuse(stream, grpcStatus.unimplemented);
    buffer(stream)
      .then((framed) => method(unframe(framed)))
      .then((answer) => (answer ? reply(stream, answer) : refuse(stream, grpcStatus.notFound)))
      .catch(() => refuse(stream, grpcStatus.internal));
  });
  // Node's HTTP/2 reads a socket below JavaScript, and so would miss what came together with the upgrade's answer.
  const wrapped = Duplex.from({ readable: socket, writable: socket });
  wrapped.on("error", () => undefined);
  server.emit("connection", wrapped);
  return () => {
    for (const session of sessions) session.destroy();
    wrapped.destroy();
    socket.destroy();
  };
}

const head = { ":status": 200, "content-type": "application/grpc" } as const;

function refuse(stream: ServerHttp2Stream, status: string): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond({ ...head, "grpc-status": status }, { endStream: true });
}

function reply(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed) return;
  stream.respond(head, { waitForTrailers: true });
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": grpcStatus.ok }));
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  stream.end(Buffer.concat([frame, message]));
}

/** A message without its frame: one byte for compression, which we never agree to, and four for the length. */
function unframe(framed: Buffer): Uint8Array {
  if (framed.length < 5 || framed[0] !== 0) throw new Error("not one plain gRPC message");
  return framed.subarray(5, 5 + framed.readUInt32BE(1));
}
