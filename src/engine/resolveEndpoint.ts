import { join } from "node:path";
import type { Endpoint } from "../model/endpoint.js";
import { parseEndpoint } from "../model/endpoint.js";
import type { DockerContext } from "./dockerContexts.js";
import { fileExists, readContext, readContexts, readCurrentContext } from "./dockerContexts.js";
import { findPlatformEndpoint } from "./platformEndpoint.js";

/** The surroundings that decide which engine is meant. */
export interface Surroundings {
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  platform: NodeJS.Platform;
  /** Whether there is anything at a path; that of this machine when absent. */
  exists?: (path: string) => Promise<boolean>;
}

export interface ResolvedEndpoint {
  endpoint: Endpoint;
  /** What decided. */
  source: "setting" | "DOCKER_HOST" | "DOCKER_CONTEXT" | "currentContext" | "platform";
  /** The Docker context that it came from. */
  context?: string;
}

/**
 * The engine that the Docker CLI would use (SPEC E1), in its order: the explicit `setting` (an endpoint, or
 * `context:NAME`), `DOCKER_HOST`, `DOCKER_CONTEXT`, `currentContext` of its configuration, the platform's own place.
 * An endpoint or a context that was chosen is taken as it is: no `DOCKER_*` variable changes it.
 * `ENGINE_NOT_FOUND`, naming it, for what cannot be read. Source: docker/cli, cli/command/cli.go, resolveContextName.
 */
export async function resolveEndpoint(
  surroundings: Surroundings & { setting?: string },
): Promise<ResolvedEndpoint> {
  const { env, exists = fileExists } = surroundings;
  const configDir = configFolder(surroundings);
  const platform = async (): Promise<ResolvedEndpoint> => ({
    endpoint: await findPlatformEndpoint({ ...surroundings, exists }),
    source: "platform",
  });
  /** The context named `default` is no stored one: it stands for DOCKER_HOST and the platform. */
  const byContext = async (name: string, source: ResolvedEndpoint["source"]): Promise<ResolvedEndpoint> => {
    if (name === "default") return ambientHost() ?? platform();
    const { endpoint } = await readContext(configDir, name);
    return { endpoint, source, context: name };
  };
  const ambientHost = (): ResolvedEndpoint | undefined => {
    const host = env.DOCKER_HOST?.trim();
    return host ? { endpoint: readHost(host, surroundings, configDir), source: "DOCKER_HOST" } : undefined;
  };

  const setting = surroundings.setting?.trim();
  if (setting?.startsWith("context:")) return byContext(setting.slice("context:".length).trim(), "setting");
  if (setting) return { endpoint: parseEndpoint(setting), source: "setting" };

  const host = ambientHost();
  if (host) return host;
  const named = env.DOCKER_CONTEXT?.trim();
  if (named) return byContext(named, "DOCKER_CONTEXT");
  const current = await readCurrentContext(configDir);
  return current ? byContext(current, "currentContext") : platform();
}

/** The stored Docker contexts, for a choice; without `default`, which is what an empty setting means. */
export async function listContexts(surroundings: Surroundings): Promise<DockerContext[]> {
  return readContexts(configFolder(surroundings));
}

/** The Docker CLI's own folder: `DOCKER_CONFIG`, else `~/.docker`. */
export function configFolder({ env, homeDir }: Surroundings): string {
  return env.DOCKER_CONFIG?.trim() ? env.DOCKER_CONFIG.trim() : join(homeDir, ".docker");
}

/** `DOCKER_HOST`, with the TLS that `DOCKER_TLS_VERIFY`, `DOCKER_TLS` and `DOCKER_CERT_PATH` give to it. */
function readHost(host: string, { env }: Surroundings, configDir: string): Endpoint {
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  const folder = env.DOCKER_CERT_PATH?.trim() ? env.DOCKER_CERT_PATH.trim() : configDir;
  const file = (name: string) => join(folder, `${name}.pem`);
  const tls =
    verify || Boolean(env.DOCKER_TLS)
      ? { ...(verify && { ca: file("ca") }), cert: file("cert"), key: file("key"), verify }
      : undefined;
  // As the CLI does: an address alone is tcp, and one without a host is this machine's.
  const url = host.includes("://") ? host : `tcp://${host}`;
  return parseEndpoint(url.replace(/^tcp:\/\/:/, "tcp://localhost:"), tls);
}
