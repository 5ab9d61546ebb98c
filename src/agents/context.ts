import type { Endpoint } from "../model/endpoint.js";
import type { EngineCapabilities } from "../model/health.js";
import type { NetworkConfig } from "../model/network.js";
import type { StartArgsContext } from "../model/startArgs/startArgsContext.js";
import type { Engine } from "../ports/engine.js";
import type { Ids } from "../workspace/bindSource.js";
import type { SecretVault } from "../secrets/secretVault.js";
import type { SshFolder } from "../ssh/sshFolder.js";
import type { SshFiles } from "../ssh/sshFiles.js";
import type { StateVolume } from "../storage/stateVolume.js";
import type { Clock } from "../util/clock.js";
import type { KeyedQueue } from "../util/keyedQueue.js";
import type { Logger } from "../util/log.js";
import type { PortReservations } from "./ports.js";

/** What the verbs work with: one engine, this machine's SSH files, and time. Made in `app`. */
export interface AgentContext {
  engine: Engine;
  endpoint: Endpoint;
  /** Asked once per connection. */
  capabilities: (signal?: AbortSignal) => Promise<EngineCapabilities>;
  ssh: SshFolder;
  sshFiles: SshFiles;
  /** This machine's side of agents' secrets. */
  vault: SecretVault;
  ports: PortReservations;
  /** What all clients of the engine keep together, beside the labels. */
  state: StateVolume;
  /** The network that agents join when their spec names none. */
  network: NetworkConfig;
  /** Keeps the making and the removing of one network apart. */
  networkQueue: KeyedQueue;
  /** What of this machine gets into start arguments, as it does with the Docker CLI. */
  startArgs: StartArgsContext;
  /** False while the user has not said that the folders of the window are theirs: nothing of them is run. */
  isTrusted: () => boolean;
  /** Of this machine's user. */
  homeDir: string;
  /** Who owns the files that this user makes; undefined where a mounted folder has no owner of its own. */
  user?: Ids;
  /** Told each line of a build's log, with the agent's name. */
  onBuildOutput?: (name: string, line: string) => void;
  clock: Clock;
  log: Logger;
}

/** What a verb reports and how it is stopped. */
export interface Work {
  signal?: AbortSignal;
  /** A stage for people, and more about it. */
  onProgress: (stage: string, detail?: string) => void;
  /** The verb's mark on what it makes (`ownerLabel`), by which it is known whether anybody will finish it. */
  owner?: string;
}
