import type { AddressInfo, Socket } from "node:net";
import { connect, createServer } from "node:net";

/** Stands before a TCP port of this machine, and lets only so many bytes out of it. */
export interface StallingProxy {
  port: number;
  /** Connections that are open now. */
  readonly open: number;
  close(): Promise<void>;
}

/** After `bytes` over all connections nothing more comes, and nothing ends. */
export async function stallAfter(target: number, bytes: number): Promise<StallingProxy> {
  const open = new Set<Socket>();
  let left = bytes;
  const server = createServer((socket) => {
    open.add(socket);
    const upstream = connect(target, "127.0.0.1");
    for (const one of [socket, upstream]) one.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
      upstream.destroy();
    });
    socket.pipe(upstream);
    upstream.on("data", (data: Buffer) => {
      left -= data.length;
      if (left > 0) socket.write(data);
      else upstream.pause();
    });
    upstream.on("end", () => {
      if (left > 0) socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return open.size;
    },
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
