import { AgentError } from "./errors.js";

/** TLS files of an engine, as paths on this machine. */
export interface TlsFiles {
  ca?: string;
  cert?: string;
  key?: string;
  /** False accepts any server certificate: the Docker CLI's `--tls` without `--tlsverify`. */
  verify: boolean;
}

/** Where an engine is reached, before any connection is made. */
export type Endpoint =
  | { kind: "unix"; path: string }
  | { kind: "npipe"; path: string }
  | { kind: "tcp"; host: string; port: number; tls?: TlsFiles }
  | { kind: "ssh"; host: string; port?: number; user?: string; path?: string };

const example = "unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host";

function invalid(text: string, why: string): AgentError {
  return new AgentError("ENGINE_NOT_FOUND", `"${text}" is not an engine endpoint: ${why}.`, {
    remedy: `Give an endpoint like ${example}.`,
    field: "engine",
  });
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw Object.assign(invalid(text, "it is not a URL"), { cause });
  }
}

/**
 * Reads what the Docker CLI takes for `DOCKER_HOST` and `docker context create --docker host=`.
 * Throws `ENGINE_NOT_FOUND` for anything else.
 */
export function parseEndpoint(text: string, tls?: TlsFiles): Endpoint {
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix?.[1]) return { kind: "unix", path: unix[1] };
  const npipe = /^npipe:\/\/(.+)$/.exec(text);
  if (npipe?.[1]) return { kind: "npipe", path: npipe[1].replaceAll("/", "\\") };
  if (text.startsWith("unix:")) throw invalid(text, "a unix socket needs an absolute path");

  const url = parseUrl(text);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (!host) throw invalid(text, "the host is missing");
  const port = url.port ? Number(url.port) : undefined;
  switch (url.protocol) {
    case "tcp:":
      return { kind: "tcp", host, port: port ?? (tls ? 2376 : 2375), ...(tls && { tls }) };
    case "ssh:":
      if (url.password) throw invalid(text, "a password in it would be visible; use a key");
      return {
        kind: "ssh",
        host,
        ...(port && { port }),
        ...(url.username && { user: decodeURIComponent(url.username) }),
        ...(url.pathname.length > 1 && { path: url.pathname }),
      };
    default:
      throw invalid(text, `${url.protocol.slice(0, -1)} is not a way to reach an engine`);
  }
}

/** The endpoint as the Docker CLI writes it: the identity of an engine here. Carries no secret. */
export function renderEndpoint(endpoint: Endpoint): string {
  const bracket = (host: string) => (host.includes(":") ? `[${host}]` : host);
  switch (endpoint.kind) {
    case "unix":
      return `unix://${endpoint.path}`;
    case "npipe":
      return `npipe://${endpoint.path.replaceAll("\\", "/")}`;
    case "tcp":
      return `tcp://${bracket(endpoint.host)}:${endpoint.port}`;
    case "ssh": {
      const user = endpoint.user ? `${encodeURIComponent(endpoint.user)}@` : "";
      const port = endpoint.port ? `:${endpoint.port}` : "";
      return `ssh://${user}${bracket(endpoint.host)}${port}${endpoint.path ?? ""}`;
    }
  }
}

/** True where ports that the engine publishes on loopback are on this machine's own loopback. */
export function isLocal(endpoint: Endpoint): boolean {
  return endpoint.kind === "unix" || endpoint.kind === "npipe";
}
