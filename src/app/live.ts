import type { AgentContext } from "../agents/context.js";
import { watchSocket } from "../engine/watchSocket.js";
import { AgentError, toAgentError } from "../model/errors.js";
import type { SshFiles } from "../ssh/sshFiles.js";
import { createAgentRows, type Describe } from "../store/rows.js";
import type { State } from "../store/state.js";
import type { Store } from "../store/store.js";
import { EngineSync } from "../store/sync.js";
import type { Clock } from "../util/clock.js";
import { DisposableStore, type Disposable } from "../util/dispose.js";
import { Emitter, type Event } from "../util/event.js";
import type { Logger } from "../util/log.js";
import type { Picture } from "./core.js";
import { watchEndings } from "./endWatch.js";
import { createLiveStats, type LiveStats } from "./liveStats.js";
import { watchLogins } from "./loginWatch.js";
import type { EngineSlot } from "./engines.js";
import { createForeignRows } from "./foreignRows.js";
import { watchForeign, type ForeignWatch } from "./foreignWatch.js";

/** What the live picture is made from. */
export interface LiveOptions {
  engines: readonly EngineSlot[];
  store: Store;
  describe: Describe;
  sshFiles: SshFiles;
  clock: Clock;
  log: Logger;
}

/** The part of the core that follows the engines while somebody watches. */
export interface Live extends Disposable {
  readonly picture: Picture;
  readonly onDidChange: Event<Picture>;
  readonly stats: LiveStats;
  watch(): Disposable;
  watchForeign(): Disposable;
  refresh(engine?: string): void;
}

const watchReturn = (path: string) => (back: () => void) => watchSocket(path, back);

/** Nothing is connected and no timer runs until the first watcher, and after the last. */
export function createLive(options: LiveOptions): Live {
  const { store } = options;
  const changed = new Emitter<Picture>();
  let known: { state: State; picture: Picture } | undefined;
  let watchers = 0;
  let following: DisposableStore | undefined;
  let foreignWatchers = 0;
  let foreign: ForeignWatch | undefined;
  const syncs = new Map<string, EngineSync>();
  const contexts = new Map<string, () => Promise<AgentContext>>();

  /** Engines stand in the order in which the user named them. */
  const places = new Map(options.engines.map(({ unresolvedName }, place) => [unresolvedName, place]));
  /** Those beside the main one that mean an engine, by its name. */
  const settings = new Map<string, readonly string[]>();
  const meant = (name: string, slot: EngineSlot): void => {
    const known = settings.get(name) ?? [];
    const { unresolvedName } = slot;
    if (slot === options.engines[0] || known.includes(unresolvedName)) return;
    settings.set(name, [...known, unresolvedName]);
  };
  const rowsOf = createAgentRows(options.describe);
  const foreignRowsOf = createForeignRows(options.describe);
  const placeOf = (engine: string) => places.get(engine) ?? places.size;

  const picture = (): Picture => {
    if (known?.state !== store.state) {
      const { state } = store;
      const agents = rowsOf(state);
      const engines = [...state.engines.values()].sort((a, b) => placeOf(a.name) - placeOf(b.name));
      known = { state, picture: { agents, foreign: foreignRowsOf(state), engines, settings } };
    }
    return known.picture;
  };
  const listening = store.onDidChange(() => changed.fire(picture()));

  const follow = async (slot: EngineSlot, owner: DisposableStore): Promise<void> => {
    const { unresolvedName } = slot;
    try {
      const session = await slot.session();
      if (following !== owner) return;
      meant(session.name, slot);
      if (!places.has(session.name)) places.set(session.name, placeOf(unresolvedName));
      if (session.name !== unresolvedName) store.dispatch({ type: "forget", engine: unresolvedName });
      // Two settings may name one engine: the first one follows it.
      if (syncs.has(session.name)) return;
      const sync = new EngineSync({
        name: session.name,
        connect: () => session.engine(),
        // Not waited for, and it never rejects.
        onLive: () => void session.recover(true),
        health: (_engine, signal) => session.health(signal),
        keysHeld: () => options.sshFiles.keysHeld(),
        watchReturn: session.endpoint.kind === "unix" ? watchReturn(session.endpoint.path) : undefined,
        dispatch: store.dispatch,
        clock: options.clock,
        log: options.log,
      });
      syncs.set(session.name, owner.add(sync));
      contexts.set(session.name, () => session.context());
      sync.start();
    } catch (error) {
      meant(unresolvedName, slot);
      // No endpoint to try again on a timer: the setting or the context has to change first.
      const { code, message, remedy } = toAgentError(error);
      const link = { kind: "down", problem: { code, message, remedy }, retryAt: Infinity } as const;
      store.dispatch({ type: "link", engine: unresolvedName, link });
    }
  };

  const contextOf = async (engine: string): Promise<AgentContext> => {
    const context = contexts.get(engine);
    if (!context) throw new AgentError("ENGINE_NOT_FOUND", `The engine ${engine} is not followed any more.`);
    return context();
  };

  const stats = createLiveStats({ store, contextOf, clock: options.clock, log: options.log });

  const begin = (): void => {
    const owner = new DisposableStore();
    following = owner;
    owner.add(watchLogins(store, contextOf));
    owner.add(watchEndings(store, contextOf, options.log));
    for (const slot of options.engines) void follow(slot, owner);
    showForeign();
  };
  /** While somebody wants to see them and the engines are followed. */
  const showForeign = (): void => {
    const wanted = foreignWatchers > 0 && following !== undefined;
    if (wanted === (foreign !== undefined)) return;
    const before = foreign;
    foreign = wanted ? watchForeign({ store, contextOf, clock: options.clock, log: options.log }) : undefined;
    before?.dispose();
  };
  const end = (): void => {
    const owner = following;
    following = undefined;
    syncs.clear();
    contexts.clear();
    showForeign();
    owner?.dispose();
  };

  return {
    get picture() {
      return picture();
    },
    onDidChange: changed.event,
    stats,
    watch() {
      watchers += 1;
      if (watchers === 1) begin();
      let watching = true;
      return {
        dispose: () => {
          if (!watching) return;
          watching = false;
          watchers -= 1;
          if (watchers === 0) end();
        },
      };
    },
    watchForeign() {
      foreignWatchers += 1;
      showForeign();
      let watching = true;
      return {
        dispose: () => {
          if (!watching) return;
          watching = false;
          foreignWatchers -= 1;
          showForeign();
        },
      };
    },
    refresh(engine) {
      foreign?.refresh(engine);
      for (const [name, sync] of syncs) if (engine === undefined || name === engine) sync.refresh();
      const owner = following;
      if (!owner) return;
      // What could not be resolved is looked for again: a context or a socket may be there now.
      const unresolved = ({ unresolvedName }: EngineSlot) =>
        store.state.engines.get(unresolvedName)?.link.kind === "down";
      for (const slot of options.engines.filter(unresolved)) {
        if (engine === undefined || slot.unresolvedName === engine) void follow(slot, owner);
      }
    },
    dispose() {
      stats.dispose();
      end();
      listening.dispose();
      changed.dispose();
    },
  };
}
