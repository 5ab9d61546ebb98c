import type { AgentContext } from "../agents/context.js";
import { followStats } from "../agents/stats.js";
import { messageOf } from "../model/errors.js";
import { labelKeys } from "../model/labels.js";
import type { AgentStats } from "../model/stats.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { State } from "../store/state.js";
import type { Store } from "../store/store.js";
import type { Clock } from "../util/clock.js";
import type { Disposable } from "../util/dispose.js";
import type { Logger } from "../util/log.js";

/** Told of each sample; undefined when there is none any more. */
export type StatsListener = (stats: AgentStats | undefined) => void;

/** What agents use, measured only while somebody looks (SPEC M2). */
export interface LiveStats extends Disposable {
  /**
   * Follows the agent, also over stops and starts, until the handle is disposed. All who watch share one stream. A
   * container's id means that container, where another one carries the same agent id.
   */
  watch(target: string, listener: StatsListener): Disposable;
  /** The last sample, while somebody watches and it runs. */
  latest(containerId: string): AgentStats | undefined;
}

/** What a feed needs of its surroundings. */
export interface LiveStatsOptions {
  store: Store;
  contextOf: (engine: string) => Promise<AgentContext>;
  clock: Clock;
  log: Logger;
}

/** A stream that ended though its agent runs (a restart, a connection that broke) is opened again after this. */
const againMs = 2000;

interface Found {
  engine: string;
  facts: ContainerFacts;
}

interface Feed {
  listeners: Set<StatsListener>;
  latest: AgentStats | undefined;
  stream?: { containerId: string; stop: AbortController };
}

const runs = ({ facts: { status } }: Found) => status === "running" || status === "paused";

function find(state: State, target: string): Found | undefined {
  for (const { name, entries } of state.engines.values()) {
    for (const { facts } of entries.values()) {
      if (facts.id === target || facts.labels[labelKeys.agentId] === target) return { engine: name, facts };
    }
  }
  return undefined;
}

/** Nothing is streamed, and no timer runs, until the first watcher and after the last. */
export function createLiveStats({ store, contextOf, clock, log }: LiveStatsOptions): LiveStats {
  const feeds = new Map<string, Feed>();
  let listening: Disposable | undefined;

  const tell = (feed: Feed, stats: AgentStats | undefined): void => {
    if (stats === undefined && feed.latest === undefined) return;
    feed.latest = stats;
    for (const listener of [...feed.listeners]) listener(stats);
  };

  const stop = (feed: Feed): void => {
    feed.stream?.stop.abort();
    feed.stream = undefined;
    tell(feed, undefined);
  };

  const follow = async (feed: Feed, { engine, facts }: Found, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        const context = await contextOf(engine);
        for await (const stats of followStats(context, facts, signal)) tell(feed, stats);
      } catch (error) {
        if (!signal.aborted) log.debug(`stats of ${facts.name}: ${messageOf(error)}`);
      }
      if (signal.aborted) return;
      tell(feed, undefined);
      // Ended early by the abort that a stop, or the last watcher, brings.
      await clock.sleep(againMs, signal).catch(() => undefined);
    }
  };

  const look = (target: string, feed: Feed): void => {
    const found = find(store.state, target);
    const running = found !== undefined && runs(found);
    if (feed.stream && (!running || feed.stream.containerId !== found.facts.id)) stop(feed);
    if (!running || feed.stream) return;
    const controller = new AbortController();
    feed.stream = { containerId: found.facts.id, stop: controller };
    void follow(feed, found, controller.signal);
  };

  const end = (target: string, feed: Feed): void => {
    feeds.delete(target);
    feed.listeners.clear();
    stop(feed);
    if (feeds.size > 0) return;
    listening?.dispose();
    listening = undefined;
  };

  return {
    watch(target, listener) {
      const feed = feeds.get(target) ?? { listeners: new Set(), latest: undefined };
      feeds.set(target, feed);
      listening ??= store.onDidChange(() => feeds.forEach((one, id) => look(id, one)));
      // A wrapper, so that each handle removes its own.
      const own: StatsListener = (stats) => listener(stats);
      feed.listeners.add(own);
      if (feed.latest) own(feed.latest);
      look(target, feed);
      return {
        dispose: () => {
          if (feed.listeners.delete(own) && feed.listeners.size === 0) end(target, feed);
        },
      };
    },
    latest: (containerId) =>
      [...feeds.values()].find(({ stream }) => stream?.containerId === containerId)?.latest,
    dispose: () => feeds.forEach((feed, target) => end(target, feed)),
  };
}
