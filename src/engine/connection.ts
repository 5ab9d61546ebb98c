import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import type { Endpoint, TlsFiles } from "../model/endpoint.js";
import { renderEndpoint } from "../model/endpoint.js";
import { AgentError, messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import { openRequest } from "./openRequest.js";
import { createSshSockets } from "./sshSockets.js";
import type { SshSurroundings } from "./sshTarget.js";
import { tlsError } from "./transportErrors.js";

/** How one request reaches the engine: the function to call, and what goes into its options. */
export interface Route {
  request: (options: http.RequestOptions) => http.ClientRequest;
  options: http.RequestOptions;
}

/**
 * The sockets of one engine. Short requests share a bounded pool of kept-alive sockets; a stream, a wait or an
 * upgrade takes a socket of its own, so that many open streams never make a short request queue.
 */
export interface Connection {
  /** The endpoint as `DOCKER_HOST` takes it. */
  readonly name: string;
  /** `ENGINE_TLS` when a certificate file cannot be read; over SSH, all that a login may fail with. */
  route(pooled: boolean): Promise<Route>;
  /**
   * A socket to a port of the loopback of the engine's host, over the connection to that host; undefined where there is
   * none. Errors as of `route`, and of the socket: `SSH_UNREACHABLE` when nothing listens there.
   */
  forward(port: number): Promise<Duplex | undefined>;
  /** Registers something to end when the connection is disposed; returns its removal. */
  onDispose(end: (reason: Error) => void): () => void;
  dispose(): void;
}

/** What makes the sockets of one kind of endpoint. */
export interface Sockets {
  /** Connects where a request needs more than a socket of its own. */
  route(pooled: boolean): Promise<Route>;
  forward?(port: number): Promise<Duplex>;
  close(reason: Error): void;
}

export interface SocketOptions {
  /** Milliseconds for a connection that many requests share. */
  connectMs: number;
  log: Logger;
  /** For `ssh:`. */
  ssh?: SshSurroundings;
}

/** Sockets in the pool. The engine serves each on its own thread; more only cost memory on both sides. */
const maxSockets = 16;
const maxFreeSockets = 4;

/** Makes no connection yet. Reads no environment variable, but for what OpenSSH does where the endpoint is `ssh:`. */
export function createConnection(endpoint: Endpoint, options: SocketOptions): Connection {
  const name = renderEndpoint(endpoint);
  const live = new Set<(reason: Error) => void>();
  let disposed = false;
  const sockets =
    endpoint.kind === "ssh" ? createSshSockets(endpoint, name, options) : createDirectSockets(endpoint, name);

  return {
    name,
    async route(pooled) {
      if (disposed) throw closed(name);
      return sockets.route(pooled);
    },
    async forward(port) {
      if (disposed) throw closed(name);
      return sockets.forward?.(port);
    },
    onDispose(end) {
      live.add(end);
      return () => live.delete(end);
    },
    dispose() {
      disposed = true;
      const reason = closed(name);
      for (const end of [...live]) end(reason);
      live.clear();
      sockets.close(reason);
    },
  };
}

function closed(name: string): AgentError {
  return new AgentError("ENGINE_UNREACHABLE", `The connection to the Docker engine at ${name} was closed.`);
}

interface Agents {
  request: Route["request"];
  pool: http.Agent;
  single: http.Agent;
  address: http.RequestOptions;
}

type Reachable = Exclude<Endpoint, { kind: "ssh" }>;

function createDirectSockets(endpoint: Reachable, name: string): Sockets {
  let agents: Promise<Agents> | undefined;
  return {
    async route(pooled) {
      agents ??= createAgents(endpoint, name).catch((error: unknown) => {
        agents = undefined;
        throw error;
      });
      const { request, pool, single, address } = await agents;
      return { request, options: { ...address, agent: pooled ? pool : single } };
    },
    close() {
      // Only agents that were made; a failure to make them has been given to who asked.
      agents?.then(
        ({ pool, single }) => [pool, single].forEach((agent) => agent.destroy()),
        () => undefined,
      );
    },
  };
}

async function createAgents(endpoint: Reachable, name: string): Promise<Agents> {
  const pooling = { keepAlive: true, maxSockets, maxFreeSockets };
  if (endpoint.kind === "tcp" && endpoint.tls) {
    const tls = await readTls(endpoint.tls, name);
    return {
      request: (options) => openRequest({ protocol: "https:", ...options }),
      pool: new https.Agent({ ...pooling, ...tls }),
      single: new https.Agent({ keepAlive: false, ...tls }),
      address: { host: endpoint.host, port: endpoint.port },
    };
  }
  return {
    request: openRequest,
    pool: new http.Agent(pooling),
    single: new http.Agent({ keepAlive: false }),
    address:
      endpoint.kind === "tcp"
        ? { host: endpoint.host, port: endpoint.port }
        : { socketPath: endpoint.path, headers: { Host: "docker" } },
  };
}

async function readTls(files: TlsFiles, name: string): Promise<https.AgentOptions> {
  const read = async (path: string | undefined) => {
    if (path === undefined) return undefined;
    try {
      return await readFile(path);
    } catch (error) {
      throw tlsError(name, `${path} cannot be read (${messageOf(error)})`, error);
    }
  };
  const [ca, cert, key] = await Promise.all([read(files.ca), read(files.cert), read(files.key)]);
  return { ca, cert, key, rejectUnauthorized: files.verify };
}
