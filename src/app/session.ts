import type { AgentContext } from "../agents/context.js";
import { PortReservations } from "../agents/ports.js";
import type { Recovered } from "../agents/recover.js";
import { messageOf } from "../model/errors.js";
import { renderEndpoint, type Endpoint } from "../model/endpoint.js";
import type { EngineCapabilities, EngineHealth } from "../model/health.js";
import type { NetworkConfig } from "../model/network.js";
import type { Surroundings } from "../engine/resolveEndpoint.js";
import type { StartArgsContext } from "../model/startArgs/startArgsContext.js";
import type { Engine } from "../ports/engine.js";
import type { SecretVault } from "../secrets/secretVault.js";
import type { SshFiles } from "../ssh/sshFiles.js";
import type { SshFolder } from "../ssh/sshFolder.js";
import { createStateVolume } from "../storage/stateVolume.js";
import type { Clock } from "../util/clock.js";
import { abortable } from "../util/abort.js";
import { KeyedQueue } from "../util/keyedQueue.js";
import type { Logger } from "../util/log.js";

/** What a session is made from. */
export interface SessionOptions {
  endpoint: Endpoint;
  ssh: SshFolder;
  sshFiles: SshFiles;
  vault: SecretVault;
  network: NetworkConfig;
  startArgs: StartArgsContext;
  isTrusted: () => boolean;
  homeDir: string;
  /** The ids of this machine's user, where files of a mounted folder have any. */
  user?: { uid: number; gid: number };
  /** The user's OpenSSH configuration, for engines behind SSH: a file where it is not the one that plain `ssh` reads. */
  openSsh: { configFile?: string; env: NodeJS.ProcessEnv };
  /** Where the Docker CLI keeps the user's logins to registries. */
  registryLogins: Surroundings;
  onBuildOutput?: (name: string, line: string) => void;
  clock: Clock;
  log: Logger;
  /** Told of what was found of verbs that had been cut off, where there was something. */
  recovered: (note: RecoveryNote) => void;
}

/** What was done on one engine about verbs that had been cut off, and what only the user can decide. */
export interface RecoveryNote extends Recovered {
  engine: string;
}

/** One engine and its connection, made when it is first needed; dockerode is loaded no earlier. */
export class Session {
  /** The endpoint as text: the engine's name in the state. */
  readonly name: string;
  readonly endpoint: Endpoint;
  private opened: Promise<AgentContext> | undefined;
  private known: EngineCapabilities | undefined;
  private answered = false;
  private recovering: Promise<Recovered> | undefined;
  private disposed = false;

  constructor(private readonly options: SessionOptions) {
    this.endpoint = options.endpoint;
    this.name = renderEndpoint(options.endpoint);
  }

  /** The verbs' context, without a round trip. Rejects with `UNSUPPORTED` for an endpoint we cannot reach yet. */
  context(): Promise<AgentContext> {
    this.opened ??= this.open().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  /**
   * The context, once the engine has answered at least once; a refused attempt is repeated as SPEC E4 says. Later
   * calls cost nothing: what is asked of an engine that went away meanwhile says so itself.
   */
  async connected(signal?: AbortSignal): Promise<AgentContext> {
    const context = await this.context();
    if (!this.answered) {
      const { connectWithRetry } = await import("../engine/connect.js");
      await connectWithRetry(context.engine, { clock: this.options.clock, signal });
      await abortable((this.recovering ??= this.recover()), signal);
      this.answered = true;
    }
    return context;
  }

  /**
   * Clears up after verbs that nobody will finish, and tells what was done. `images` looks for more, at the price of a
   * list of images. Never rejects: what the user wants from this engine does not depend on it.
   */
  async recover(images = false): Promise<Recovered> {
    const context = await this.context();
    try {
      const { recover } = await import("../agents/recover.js");
      const done = await recover(context, { images });
      if (done.cleaned.length + done.decide.length > 0)
        this.options.recovered({ engine: this.name, ...done });
      return done;
    } catch (error) {
      this.options.log.warn(
        `${this.name}: what was interrupted could not be looked for: ${messageOf(error)}`,
      );
      return { cleaned: [], decide: [] };
    } finally {
      this.recovering = undefined;
    }
  }

  /** The next call makes sure of the engine again, with the patience of a first one. */
  doubt(): void {
    this.answered = false;
  }

  /** One look at the engine, without a retry. Rejects on abort only. */
  async health(signal?: AbortSignal): Promise<EngineHealth> {
    const { engine } = await this.context();
    const { checkHealth } = await import("../engine/connect.js");
    return checkHealth(engine, { clock: this.options.clock, signal, once: true });
  }

  async engine(): Promise<Engine> {
    return (await this.context()).engine;
  }

  /** Settles when nothing is being written to the engine any more that nobody waits for. */
  async settled(): Promise<void> {
    // A session that could not be opened writes nothing.
    await (await this.opened?.catch(() => undefined))?.state.settled();
  }

  dispose(): void {
    this.disposed = true;
    // An open that failed has nothing to release.
    void this.opened?.then(({ engine }) => engine.dispose()).catch(() => undefined);
  }

  private async open(): Promise<AgentContext> {
    const {
      endpoint,
      ssh,
      sshFiles,
      vault,
      network,
      startArgs,
      isTrusted,
      homeDir,
      user,
      openSsh,
      registryLogins,
      onBuildOutput,
      clock,
      log,
    } = this.options;
    const { createDockerEngine } = await import("../engine/dockerEngine.js");
    const engine = createDockerEngine(endpoint, { log, ssh: openSsh, registryLogins });
    if (this.disposed) engine.dispose();
    return {
      engine,
      endpoint,
      ssh,
      sshFiles,
      vault,
      network,
      startArgs,
      isTrusted,
      homeDir,
      user,
      onBuildOutput,
      clock,
      log,
      ports: new PortReservations(),
      state: createStateVolume({ engine, clock, log }),
      networkQueue: new KeyedQueue(),
      capabilities: async (signal) => (this.known ??= await engine.capabilities(signal)),
    };
  }
}
