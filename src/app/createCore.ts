import { join } from "node:path";
import { toAgentError } from "../model/errors.js";
import type { EngineHealth } from "../model/health.js";
import { defaultNetwork, type NetworkConfig } from "../model/network.js";
import { sshFilesOf } from "../ssh/sshFiles.js";
import { createSshFolder } from "../ssh/sshFolder.js";
import { Store } from "../store/store.js";
import { systemClock, type Clock } from "../util/clock.js";
import type { Logger } from "../util/log.js";
import type { Core, VerbOptions } from "./core.js";
import { createLive } from "./live.js";
import { createMachine } from "./machine.js";
import { Mutations } from "./mutations.js";
import { Session } from "./session.js";
import { createVerbs } from "./verbs.js";

/** What a door gives the core. Nothing below a door reads the process's environment. */
export interface CoreOptions {
  /** An endpoint, `context:NAME`, or nothing for what the Docker CLI would use. */
  engine?: string;
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  platform: NodeJS.Platform;
  /** True where plain `ssh` of this user reads `<homeDir>/.ssh/config`; false under another `$HOME`. */
  plainSsh: boolean;
  log: Logger;
  clock?: Clock;
  network?: NetworkConfig;
}

/** Wires the product. Cheap: nothing is read, loaded or connected before the first verb or watcher. */
export function createCore(options: CoreOptions): Core {
  const { log, clock = systemClock, network = defaultNetwork } = options;
  const sshDir = join(options.homeDir, ".ssh");
  const sshFiles = sshFilesOf(sshDir);
  const ssh = createSshFolder({ sshDir, log, plainSsh: options.plainSsh, clock });
  const store = new Store(log);
  const mutations = new Mutations(store, log);
  /** The engine's name while its endpoint is not known. */
  const unresolvedName = options.engine ?? "docker";
  let resolved: Promise<Session> | undefined;

  const resolve = async (): Promise<Session> => {
    const { resolveEndpoint } = await import("../engine/resolveEndpoint.js");
    const { env, homeDir, platform } = options;
    const { endpoint } = await resolveEndpoint({ setting: options.engine, env, homeDir, platform });
    return new Session({ endpoint, ssh, sshFiles, network, clock, log });
  };
  /** One session for the life of the core; a failed resolution is tried again by the next caller. */
  const session = (): Promise<Session> =>
    (resolved ??= resolve().catch((error: unknown) => {
      resolved = undefined;
      throw error;
    }));

  const health = async (given?: VerbOptions): Promise<EngineHealth[]> => {
    try {
      return [await (await session()).health(given?.signal)];
    } catch (error) {
      const { code, message, remedy } = toAgentError(error);
      if (code === "CANCELLED") throw toAgentError(error);
      const unknown = { latencyMs: null, version: null, apiVersion: null, capabilities: null };
      return [{ engine: unresolvedName, reachable: false, ...unknown, problem: { code, message, remedy } }];
    }
  };

  const machine = createMachine({ session, store, mutations, sshFiles });
  const live = createLive({
    unresolvedName,
    session,
    store,
    describe: (engine, entry) => machine.describeEntry(engine, entry),
    sshFiles,
    clock,
    log,
  });

  return {
    ...createVerbs(machine, mutations, store, clock),
    health,
    removeSshIntegration: () => ssh.removeAll(),
    get picture() {
      return live.picture;
    },
    onDidChange: live.onDidChange,
    watch: () => live.watch(),
    refresh: () => live.refresh(),
    dispose() {
      live.dispose();
      // A session that could not be made has nothing to release.
      void resolved?.then((made) => made.dispose()).catch(() => undefined);
    },
  };
}
