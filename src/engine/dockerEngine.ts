import type { Endpoint } from "../model/endpoint.js";
import type { Engine } from "../ports/engine.js";
import type { Logger } from "../util/log.js";
import { createArchives } from "./archives.js";
import { createBuild } from "./build.js";
import type { Timeouts } from "./client.js";
import { createClient } from "./client.js";
import { createConnection } from "./connection.js";
import { createContainers } from "./containers.js";
import { createEvents } from "./events.js";
import { createExec } from "./exec.js";
import { createFreezeGate } from "./freezeGate.js";
import { createHostPorts } from "./hostPorts.js";
import { createImages } from "./images.js";
import { createLogs } from "./logs.js";
import { createNetworks } from "./networks.js";
import { createPing } from "./ping.js";
import { createPull } from "./pull.js";
import type { Surroundings } from "./resolveEndpoint.js";
import type { SshSurroundings } from "./sshTarget.js";
import { createStats } from "./stats.js";
import { createVolumes } from "./volumes.js";

export interface DockerEngineOptions {
  /** Told of every request, without its query and body. */
  log: Logger;
  /** 5 s for a connection or a ping, 30 s for one operation (SPEC E4). */
  timeouts?: Partial<Timeouts>;
  /** For an `ssh:` endpoint: the user's OpenSSH configuration and environment, where not those of this process. */
  ssh?: SshSurroundings;
  /** Where the Docker CLI keeps the user's logins to registries. Absent: pulls are anonymous. */
  registryLogins?: Surroundings;
}

/**
 * The engine at `endpoint`, whatever `DOCKER_*` variables say. Connects on the first call. Paths carry no API
 * version, so that an engine answers in its own, from 1.41 on.
 * The certificates of TLS are read at the first call (`ENGINE_TLS`). Over `ssh:` every call may also fail with
 * `HOST_KEY_CHANGED` and `SSH_AUTH`.
 */
export function createDockerEngine(endpoint: Endpoint, options: DockerEngineOptions): Engine {
  const timeouts = { connectMs: 5000, operationMs: 30_000, ...options.timeouts };
  const { log, ssh } = options;
  const connection = createConnection(endpoint, { connectMs: timeouts.connectMs, log, ssh });
  const client = createClient(connection, timeouts, log);
  const ping = createPing(client);
  const gate = createFreezeGate(timeouts.operationMs);
  return {
    name: client.engine,
    ...ping,
    ...createContainers(client, gate),
    ...createArchives(client),
    ...createExec(client, gate),
    ...createLogs(client),
    ...createStats(client),
    ...createImages(client, gate),
    ...createPull(client, options.registryLogins),
    ...createBuild(client, (signal) => ping.ping(signal), options.registryLogins),
    ...createNetworks(client),
    ...createVolumes(client),
    ...createEvents(client),
    ...createHostPorts(endpoint, connection),
    dispose: () => client.dispose(),
  };
}
