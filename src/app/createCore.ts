import { readFileSync } from "node:fs";
import { join } from "node:path";
import { toAgentError } from "../model/errors.js";
import type { EngineHealth } from "../model/health.js";
import { defaultNetwork, type NetworkConfig } from "../model/network.js";
import { sshFilesOf } from "../ssh/sshFiles.js";
import { createSshFolder } from "../ssh/sshFolder.js";
import { Store } from "../store/store.js";
import { systemClock, type Clock } from "../util/clock.js";
import type { Logger } from "../util/log.js";
import type { Core } from "./core.js";
import { Engines, type EngineSlot } from "./engines.js";
import { createLive } from "./live.js";
import { createMachine } from "./machine.js";
import { Mutations } from "./mutations.js";
import { createVerbs } from "./verbs.js";

/** What a door gives the core. Nothing below a door reads the process's environment. */
export interface CoreOptions {
  /** An endpoint, `context:NAME`, or nothing for what the Docker CLI would use. */
  engine?: string;
  /** More engines to show and to find agents on, each as `engine` takes it. */
  moreEngines?: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  platform: NodeJS.Platform;
  /** What relative paths in start arguments are relative to. Default: the home folder. */
  cwd?: string;
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
  const { env, homeDir, platform } = options;
  const startArgs = {
    cwd: options.cwd ?? homeDir,
    env,
    readFile: readFileSync,
    platform,
    arch: process.arch,
  };
  const openSsh = { env, ...(!options.plainSsh && { configFile: join(sshDir, "config") }) };
  const surroundings = { openSsh, startArgs, env, homeDir, platform, ssh, sshFiles, network, clock, log };
  const engines = new Engines(options.engine, options.moreEngines ?? [], surroundings);

  const healthOf = async (slot: EngineSlot, signal?: AbortSignal): Promise<EngineHealth> => {
    try {
      return await (await slot.session()).health(signal);
    } catch (error) {
      const { code, message, remedy } = toAgentError(error);
      if (code === "CANCELLED") throw toAgentError(error);
      const unknown = { latencyMs: null, version: null, apiVersion: null, capabilities: null };
      return {
        engine: slot.unresolvedName,
        reachable: false,
        ...unknown,
        problem: { code, message, remedy },
      };
    }
  };

  const machine = createMachine({ engines, store, mutations, sshFiles });
  const live = createLive({
    engines: engines.slots,
    store,
    describe: (engine, entry) => machine.describeEntry(engine, entry),
    sshFiles,
    clock,
    log,
  });

  return {
    ...createVerbs(machine, mutations, store, clock),
    health: (given) => Promise.all(engines.slots.map((slot) => healthOf(slot, given?.signal))),
    removeSshIntegration: () => ssh.removeAll(),
    get picture() {
      return live.picture;
    },
    onDidChange: live.onDidChange,
    watch: () => live.watch(),
    refresh: () => live.refresh(),
    dispose() {
      live.dispose();
      engines.dispose();
    },
  };
}
