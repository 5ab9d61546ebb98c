import { mkdtemp, rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SocketServer {
  path: string;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Ends every open connection, as an engine that dies. */
  drop(): void;
  close(): Promise<void>;
}

/** Listens on a unix socket in a folder of its own and gives every connection to `onConnection`. */
export async function serveSocket(onConnection: (socket: Socket) => void): Promise<SocketServer> {
  const folder = await mkdtemp(join(tmpdir(), "ac-socket-"));
  const path = join(folder, "docker.sock");
  const open = new Set<Socket>();
  let accepted = 0;
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    accepted++;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    // A peer that goes away is what these tests are about.
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    get accepted() {
      return accepted;
    },
    drop() {
      for (const socket of open) socket.destroy();
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Answers each request (by the end of its head) with what `respond` writes. */
export function serveAnswers(respond: (head: string, socket: Socket) => void): Promise<SocketServer> {
  return serveSocket((socket) => {
    let text = "";
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
        const head = text.slice(0, end);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        if (text.length < end + 4 + length) return;
        text = text.slice(end + 4 + length);
        respond(head, socket);
      }
    });
  });
}

/** Stands between a client and the socket at `target`, and notes all that the client says. */
export async function proxySocket(target: string): Promise<SocketServer & { readonly said: string }> {
  let said = "";
  const server = await serveSocket((socket) => {
    const upstream = connect({ path: target, allowHalfOpen: true });
    upstream.on("error", () => socket.destroy());
    upstream.on("close", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
    socket.on("data", (bytes) => (said += bytes.toString("latin1")));
    socket.pipe(upstream);
    upstream.pipe(socket);
  });
  return Object.defineProperty(server, "said", { get: () => said }) as typeof server & {
    readonly said: string;
  };
}
