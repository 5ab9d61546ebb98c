import { toAgentError } from "../model/errors.js";
import type { SshFiles } from "../ssh/sshFiles.js";
import { agentRows, type Describe } from "../store/rows.js";
import type { State } from "../store/state.js";
import type { Store } from "../store/store.js";
import { EngineSync } from "../store/sync.js";
import type { Clock } from "../util/clock.js";
import { DisposableStore, type Disposable } from "../util/dispose.js";
import { Emitter, type Event } from "../util/event.js";
import type { Logger } from "../util/log.js";
import type { Picture } from "./core.js";
import { watchLogins } from "./loginWatch.js";
import type { Session } from "./session.js";

/** What the live picture is made from. */
export interface LiveOptions {
  /** The engine's name while its endpoint is not known: the setting, as it was given. */
  unresolvedName: string;
  session: () => Promise<Session>;
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
  watch(): Disposable;
  refresh(): void;
}

/** Nothing is connected and no timer runs until the first watcher, and after the last. */
export function createLive(options: LiveOptions): Live {
  const { store } = options;
  const changed = new Emitter<Picture>();
  let known: { state: State; picture: Picture } | undefined;
  let watchers = 0;
  let following: DisposableStore | undefined;
  let sync: EngineSync | undefined;

  const picture = (): Picture => {
    if (known?.state !== store.state) {
      const { state } = store;
      const agents = agentRows(state, options.describe);
      known = { state, picture: { agents, engines: [...state.engines.values()] } };
    }
    return known.picture;
  };
  const listening = store.onDidChange(() => changed.fire(picture()));

  const follow = async (owner: DisposableStore): Promise<void> => {
    try {
      const session = await options.session();
      if (following !== owner) return;
      if (session.name !== options.unresolvedName)
        store.dispatch({ type: "forget", engine: options.unresolvedName });
      sync = owner.add(
        new EngineSync({
          name: session.name,
          connect: () => session.engine(),
          health: (_engine, signal) => session.health(signal),
          hasKey: (agentId) => options.sshFiles.hasKey(agentId),
          dispatch: store.dispatch,
          clock: options.clock,
          log: options.log,
        }),
      );
      owner.add(watchLogins(store, () => session.context()));
      sync.start();
    } catch (error) {
      // No endpoint to try again on a timer: the setting or the context has to change first.
      const { code, message, remedy } = toAgentError(error);
      const link = { kind: "down", problem: { code, message, remedy }, retryAt: Infinity } as const;
      store.dispatch({ type: "link", engine: options.unresolvedName, link });
    }
  };

  const begin = (): void => {
    sync = undefined;
    following = new DisposableStore();
    void follow(following);
  };
  const end = (): void => {
    const owner = following;
    following = undefined;
    sync = undefined;
    owner?.dispose();
  };

  return {
    get picture() {
      return picture();
    },
    onDidChange: changed.event,
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
    refresh() {
      if (sync) return sync.refresh();
      if (watchers === 0) return;
      end();
      begin();
    },
    dispose() {
      end();
      listening.dispose();
      changed.dispose();
    },
  };
}
