import type { Endpoint } from "./endpoint.js";

/** How an SSH client of this machine gets to a port that an engine publishes on its loopback. */
export interface Route {
  /** The host of the port, as the end of the way sees it. */
  hostName: string;
  /** The engine's host, where the port is on that host's own loopback (SPEC H7): `[user@]host[:port]`. */
  proxyJump?: string;
}

/** The route to the agents of an engine: loopback, the engine's address, or through the engine's host. */
export function routeTo(endpoint: Endpoint): Route {
  switch (endpoint.kind) {
    case "unix":
    case "npipe":
      return { hostName: "127.0.0.1" };
    case "tcp":
      return { hostName: endpoint.host };
    case "ssh": {
      const user = endpoint.user ? `${endpoint.user}@` : "";
      const host = endpoint.host.includes(":") ? `[${endpoint.host}]` : endpoint.host;
      return {
        hostName: "127.0.0.1",
        proxyJump: `${user}${host}${endpoint.port ? `:${endpoint.port}` : ""}`,
      };
    }
  }
}
