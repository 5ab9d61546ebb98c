import type { AgentContext } from "../agents/context.js";
import { PortReservations } from "../agents/ports.js";
import { renderEndpoint, type Endpoint } from "../model/endpoint.js";
import type { EngineCapabilities, EngineHealth } from "../model/health.js";
import type { NetworkConfig } from "../model/network.js";
import type { StartArgsContext } from "../model/startArgs/startArgsContext.js";
import type { Engine } from "../ports/engine.js";
import type { SshFiles } from "../ssh/sshFiles.js";
import type { SshFolder } from "../ssh/sshFolder.js";
import type { Clock } from "../util/clock.js";
import { KeyedQueue } from "../util/keyedQueue.js";
import type { Logger } from "../util/log.js";

/** What a session is made from. */
export interface SessionOptions {
  endpoint: Endpoint;
  ssh: SshFolder;
  sshFiles: SshFiles;
  network: NetworkConfig;
  startArgs: StartArgsContext;
  /** The user's OpenSSH configuration, for engines behind SSH: a file where it is not the one that plain `ssh` reads. */
  openSsh: { configFile?: string; env: NodeJS.ProcessEnv };
  clock: Clock;
  log: Logger;
}

/** One engine and its connection, made when it is first needed; dockerode is loaded no earlier. */
export class Session {
  /** The endpoint as text: the engine's name in the state. */
  readonly name: string;
  readonly endpoint: Endpoint;
  private opened: Promise<AgentContext> | undefined;
  private known: EngineCapabilities | undefined;
  private answered = false;
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
      this.answered = true;
    }
    return context;
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

  dispose(): void {
    this.disposed = true;
    // An open that failed has nothing to release.
    void this.opened?.then(({ engine }) => engine.dispose()).catch(() => undefined);
  }

  private async open(): Promise<AgentContext> {
    const { endpoint, ssh, sshFiles, network, startArgs, openSsh, clock, log } = this.options;
    const { createDockerEngine } = await import("../engine/dockerEngine.js");
    const engine = createDockerEngine(endpoint, { log, ssh: openSsh });
    if (this.disposed) engine.dispose();
    return {
      engine,
      endpoint,
      ssh,
      sshFiles,
      network,
      startArgs,
      clock,
      log,
      ports: new PortReservations(),
      networkQueue: new KeyedQueue(),
      capabilities: async (signal) => (this.known ??= await engine.capabilities(signal)),
    };
  }
}
