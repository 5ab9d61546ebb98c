import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type { Endpoint } from "../model/endpoint.js";
import type { Engine } from "../ports/engine.js";
import { abortable, abortReason } from "../util/abort.js";
import type { Connection } from "./connection.js";

/** Connections to ports of the engine's host: from here, or over the connection that the engine is reached by. */
export function createHostPorts(endpoint: Endpoint, connection: Connection): Pick<Engine, "connectToHost"> {
  const host = endpoint.kind === "tcp" ? endpoint.host : "127.0.0.1";
  return {
    async connectToHost(port, signal) {
      signal?.throwIfAborted();
      const forwarded = connection.forward(port);
      const socket = await abortable(forwarded, signal).catch((error: unknown) => {
        // One that comes too late is nobody's.
        forwarded.then(
          (late) => late?.destroy(),
          () => undefined,
        );
        throw error;
      });
      if (!socket) return connectTcp(host, port, signal);
      return opened(socket, signal);
    },
  };
}

function connectTcp(host: string, port: number, signal: AbortSignal | undefined): Promise<Duplex> {
  return opened(connect({ host, port, noDelay: true }), signal);
}

/** A socket that connects, once it has; destroyed when the signal is aborted first. */
function opened(socket: Duplex, signal: AbortSignal | undefined): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const settle = (work: () => void) => {
      signal?.removeEventListener("abort", onAbort);
      socket.off("error", onError);
      work();
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onAbort = () => {
      if (!signal) return;
      settle(() => reject(abortReason(signal)));
      // What it says of its end concerns nobody any more.
      socket.on("error", () => undefined);
      socket.destroy();
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    socket.once("error", onError).once("connect", () => settle(() => resolve(socket)));
    if (signal?.aborted) onAbort();
  });
}
