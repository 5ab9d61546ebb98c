import type { AgentContext } from "../agents/context.js";
import { foreignRecords, listForeignContainers } from "../agents/foreign.js";
import { messageOf } from "../model/errors.js";
import { foreignIdentity } from "../model/foreign.js";
import { foreignLabelKeys } from "../model/labels.js";
import type { EngineEvent } from "../ports/engine.js";
import { Pump } from "../store/pump.js";
import type { EngineLink, State } from "../store/state.js";
import type { Store } from "../store/store.js";
import type { Clock } from "../util/clock.js";
import type { Disposable } from "../util/dispose.js";
import type { Logger } from "../util/log.js";

/** Other programs' containers, kept true while somebody wants to see them. */
export interface ForeignWatch extends Disposable {
  /** Lists anew; of one engine or of all. */
  refresh(engine?: string): void;
}

/** What the watch needs of its surroundings. */
export interface ForeignWatchOptions {
  store: Store;
  contextOf: (engine: string) => Promise<AgentContext>;
  clock: Clock;
  log: Logger;
}

/** A stream that broke though the engine is there is opened again after this. */
const againMs = 5000;

/**
 * One subscription for each label. Docker joins filters by label with "and", so one subscription for all of them would
 * be for every container of the engine: each exec, health check and attach of containers that are nobody's agents, all
 * day, over whatever road leads there. A subscription that has nothing to say costs an open stream.
 */
const labels = [foreignLabelKeys.mngrHostId, `${foreignLabelKeys.openlattice}=true`];

interface Followed {
  link: EngineLink;
  stop: AbortController;
  pump?: Pump;
}

/**
 * Follows other programs' containers on every engine whose agents have been listed, and so never before ours and on
 * none that is away. What was seen of an engine that was lost stays, as its agents do.
 */
export function watchForeign({ store, contextOf, clock, log }: ForeignWatchOptions): ForeignWatch {
  const stopped = new AbortController();
  const followed = new Map<string, Followed>();

  const followOnce = async (name: string, mine: Followed): Promise<void> => {
    const { signal } = mine.stop;
    const context = await contextOf(name);
    const lost = new AbortController();
    const until = AbortSignal.any([signal, lost.signal]);
    const pump = new Pump(
      context.engine,
      {
        name,
        clock,
        list: (listing) => listForeignContainers(context, listing),
        // Ours are for our agents alone.
        keysHeld: () => Promise.resolve(() => false),
        dispatch: (about) => store.dispatch({ type: "foreign", engine: name, about }),
        listed: async () => {
          const facts = [...(store.state.engines.get(name)?.foreign?.values() ?? [])].map((one) => one.facts);
          // mngr renames in its records alone, of which no event tells: as they are at each list.
          const records = await foreignRecords(context, facts, until);
          store.dispatch({ type: "mngrRecords", engine: name, records });
        },
      },
      until,
      (error) => lost.abort(error),
    );
    let waiting = labels.length;
    const take = (event: EngineEvent): void => {
      // Listed once all that happens from now on is heard of.
      if (event.type === "connected") {
        waiting -= 1;
        if (waiting === 0) pump.list();
      } else if (foreignIdentity(event.labels)) pump.take(event);
    };
    try {
      mine.pump = pump;
      await Promise.all(
        labels.map(async (label) => {
          for await (const event of context.engine.events(label, until)) take(event);
        }),
      );
    } catch (error) {
      throw lost.signal.aborted ? lost.signal.reason : error;
    } finally {
      mine.pump = undefined;
      lost.abort();
      if (!signal.aborted) pump.lost();
    }
  };

  const follow = async (name: string, mine: Followed): Promise<void> => {
    const { signal } = mine.stop;
    while (!signal.aborted) {
      try {
        await followOnce(name, mine);
      } catch (error) {
        if (!signal.aborted) log.debug(`${name}: other agents' containers: ${messageOf(error)}`);
      }
      // Ended early by the loss of the engine, and by whoever looked away.
      await clock.sleep(againMs, signal).catch(() => undefined);
    }
  };

  const look = ({ engines }: State): void => {
    for (const [name, { link, stop }] of followed) {
      if (engines.get(name)?.link === link) continue;
      stop.abort();
      followed.delete(name);
    }
    for (const { name, link } of engines.values()) {
      if (link.kind !== "live" || followed.has(name) || stopped.signal.aborted) continue;
      const mine: Followed = { link, stop: new AbortController() };
      followed.set(name, mine);
      void follow(name, mine);
    }
  };

  const listening = store.onDidChange(look);
  look(store.state);
  return {
    refresh: (engine) =>
      followed.forEach(({ pump }, name) => {
        if (engine === undefined || engine === name) pump?.list();
      }),
    dispose: () => {
      stopped.abort();
      listening.dispose();
      for (const { stop } of followed.values()) stop.abort();
      followed.clear();
      for (const engine of store.state.engines.keys()) store.dispatch({ type: "foreignUnwatched", engine });
    },
  };
}
