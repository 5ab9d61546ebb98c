import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** Stands between a client and a TCP port of this machine. */
export interface TcpProxy {
  port: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Connections that are open now. */
  readonly open: number;
  /** Breaks all that is open, as a network that goes away with a reset. */
  cut(): void;
  /** Breaks all that is open, and resets whatever comes, until it is called again with false. */
  goAway(away: boolean): void;
  close(): Promise<void>;
}

export async function proxyTcp(target: number): Promise<TcpProxy> {
  const open = new Set<Socket>();
  let accepted = 0;
  let isAway = false;
  const server = createServer({ noDelay: true }, (socket) => {
    if (isAway) return void socket.on("error", () => undefined).resetAndDestroy();
    accepted++;
    open.add(socket);
    const upstream = connect({ port: target, host: "127.0.0.1", noDelay: true });
    for (const one of [socket, upstream]) one.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
      upstream.destroy();
    });
    upstream.on("close", () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = () => {
    for (const socket of open) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    get open() {
      return open.size;
    },
    cut,
    goAway(away) {
      isAway = away;
      if (away) cut();
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
