import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { toAgentError } from "../model/errors.js";
import type { EngineHealth } from "../model/health.js";
import { ShownSnapshots } from "../agents/snapshot/shownSnapshots.js";
import { defaultNetwork, type NetworkConfig } from "../model/network.js";
import { createSecretVault } from "../secrets/secretVault.js";
import { sshFilesOf } from "../ssh/sshFiles.js";
import { createSshFolder } from "../ssh/sshFolder.js";
import { Store } from "../store/store.js";
import { systemClock, type Clock } from "../util/clock.js";
import type { Logger } from "../util/log.js";
import { cloneByDefault } from "../workspace/repository.js";
import { Emitter } from "../util/event.js";
import type { RecoveryNote } from "./session.js";
import type { Core } from "./core.js";
import { createSlot, Engines, type EngineSlot } from "./engines.js";
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
  /** Whom the files of this user belong to, where a mounted folder shows it: `util/ownIds`. */
  user?: { uid: number; gid: number };
  platform: NodeJS.Platform;
  /** What relative paths in start arguments are relative to. Default: the home folder. */
  cwd?: string;
  /** True where plain `ssh` of this user reads `<homeDir>/.ssh/config`; false under another `$HOME`. */
  plainSsh: boolean;
  /** The editor's secret storage, where there is one. */
  storedSecret?: (name: string) => PromiseLike<string | undefined>;
  /** Asked before git is run in a folder of this machine, or one is changed. Default: yes. */
  isTrusted?: () => boolean;
  log: Logger;
  /** Told each line of the log of every build, with the name of the agent that it is for. */
  onBuildOutput?: (name: string, line: string) => void;
  clock?: Clock;
  network?: NetworkConfig;
}

/** Below the XDG folder for configuration: what is in it is about this user and machine, and not a cache. */
function secretRecordsFolder({ env, homeDir }: CoreOptions): string {
  const given = env.XDG_CONFIG_HOME;
  const base = given && isAbsolute(given) ? given : join(homeDir, ".config");
  return join(base, "agent-containers", "secrets");
}

/** Wires the product. Cheap: nothing is read, loaded or connected before the first verb or watcher. */
export function createCore(options: CoreOptions): Core {
  const { log, clock = systemClock, network = defaultNetwork } = options;
  const sshDir = join(options.homeDir, ".ssh");
  const sshFiles = sshFilesOf(sshDir);
  const ssh = createSshFolder({ sshDir, log, plainSsh: options.plainSsh, clock });
  const store = new Store(log);
  const mutations = new Mutations(store, log);
  const { env, homeDir, platform, user } = options;
  const startArgs = {
    cwd: options.cwd ?? homeDir,
    env,
    readFile: readFileSync,
    platform,
    arch: process.arch,
  };
  const vault = createSecretVault(secretRecordsFolder(options), {
    env,
    cwd: startArgs.cwd,
    stored: options.storedSecret,
  });
  const openSsh = { env, ...(!options.plainSsh && { configFile: join(sshDir, "config") }) };
  const { onBuildOutput } = options;
  const isTrusted = options.isTrusted ?? (() => true);
  const recovery = new Emitter<RecoveryNote>();
  const surroundings = {
    recovered: (note: RecoveryNote) => recovery.fire(note),
    openSsh,
    startArgs,
    isTrusted,
    env,
    homeDir,
    user,
    platform,
    ssh,
    sshFiles,
    vault,
    network,
    onBuildOutput,
    clock,
    log,
  };
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

  const shown = new ShownSnapshots();
  return {
    ...createVerbs(machine, mutations, store, clock, live.stats, shown),
    async health(given) {
      const slots = given?.engine === undefined ? engines.slots : [await engines.choose(given.engine)];
      return Promise.all(slots.map((slot) => healthOf(slot, given?.signal)));
    },
    async tryEngine(setting, given) {
      const slot = createSlot(setting, surroundings);
      try {
        return await healthOf(slot, given?.signal);
      } finally {
        slot.dispose();
      }
    },
    suggestWorkspace: async (path) => {
      // What is wrong with a folder is said when it is used.
      const clone = isTrusted()
        ? await cloneByDefault(path, { env, homeDir, log }).catch(() => undefined)
        : undefined;
      return clone ? { mode: "clone", subfolder: clone.subfolder } : { mode: "copy", subfolder: "" };
    },
    removeSshIntegration: () => ssh.removeAll(),
    get picture() {
      return live.picture;
    },
    onDidChange: live.onDidChange,
    onDidRecover: recovery.event,
    watch: () => live.watch(),
    watchForeign: () => live.watchForeign(),
    watchStats: (target, onStats) => live.stats.watch(target, onStats),
    refresh: (engine) => live.refresh(engine),
    settled: async () => void (await Promise.all(engines.slots.map((slot) => slot.settled()))),
    dispose() {
      live.dispose();
      recovery.dispose();
      const last = shown.close();
      if (last) void last.finally(() => engines.dispose());
      else engines.dispose();
    },
  };
}
