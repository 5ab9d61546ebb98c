import { readFile } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import type { Endpoint, TlsFiles } from "../model/endpoint.js";
import { renderEndpoint } from "../model/endpoint.js";
import { AgentError, messageOf } from "../model/errors.js";
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
  /** `ENGINE_TLS` when a certificate file cannot be read. */
  route(pooled: boolean): Promise<Route>;
  /** Registers something to end when the connection is disposed; returns its removal. */
  onDispose(end: (reason: Error) => void): () => void;
  dispose(): void;
}

/** Sockets in the pool. The engine serves each on its own thread; more only cost memory on both sides. */
const maxSockets = 16;
const maxFreeSockets = 4;

/** Makes no connection yet. Throws `UNSUPPORTED` for `ssh:`. Reads no environment variable. */
export function createConnection(endpoint: Endpoint): Connection {
  if (endpoint.kind === "ssh") {
    throw new AgentError(
      "UNSUPPORTED",
      `${renderEndpoint(endpoint)} cannot be used: ssh:// is not supported yet.`,
      {
        remedy:
          "Choose an engine on a unix socket, a named pipe or tcp:// in the setting agentContainers.engine.",
        field: "engine",
      },
    );
  }
  const name = renderEndpoint(endpoint);
  const live = new Set<(reason: Error) => void>();
  let disposed = false;
  let agents: Promise<Agents> | undefined;

  return {
    name,
    async route(pooled) {
      if (disposed) throw closed(name);
      agents ??= createAgents(endpoint, name).catch((error: unknown) => {
        agents = undefined;
        throw error;
      });
      const { request, pool, single, address } = await agents;
      return { request, options: { ...address, agent: pooled ? pool : single } };
    },
    onDispose(end) {
      live.add(end);
      return () => live.delete(end);
    },
    dispose() {
      disposed = true;
      for (const end of [...live]) end(closed(name));
      live.clear();
      // Only agents that were made; a failure to make them has been given to who asked.
      agents?.then(
        ({ pool, single }) => [pool, single].forEach((agent) => agent.destroy()),
        () => undefined,
      );
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

async function createAgents(endpoint: Reachable, name: string): Promise<Agents> {
  const pooling = { keepAlive: true, maxSockets, maxFreeSockets };
  if (endpoint.kind === "tcp" && endpoint.tls) {
    const tls = await readTls(endpoint.tls, name);
    return {
      request: (options) => https.request(options),
      pool: new https.Agent({ ...pooling, ...tls }),
      single: new https.Agent({ keepAlive: false, ...tls }),
      address: { host: endpoint.host, port: endpoint.port },
    };
  }
  return {
    request: (options) => http.request(options),
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
