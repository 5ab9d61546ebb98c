import type { Ending } from "../model/exit.js";
import type { EngineHealth } from "../model/health.js";
import type { MngrRecord } from "../model/mngrRecord.js";
import type { ContainerFacts } from "../ports/engine.js";
import {
  emptyState,
  type EngineLink,
  type EngineState,
  type Entry,
  type Failure,
  type LoginState,
  type Operation,
  type State,
} from "./state.js";

/** What happened. */
export type Message =
  | ContainersMessage
  /** The engine is not among ours any more. */
  | { type: "forget"; engine: string }
  | { type: "link"; engine: string; link: EngineLink }
  | { type: "health"; engine: string; health: EngineHealth }
  /** The same of another program's containers, which are kept apart from agents. */
  | { type: "foreign"; engine: string; about: ContainersMessage }
  | { type: "mngrRecords"; engine: string; records: ReadonlyMap<string, MngrRecord> }
  /** Nobody wants to see other programs' containers any more. */
  | { type: "foreignUnwatched"; engine: string }
  /** How a container had ended before anybody here looked, as another client wrote it down. */
  | { type: "recorded"; engine: string; containerId: string; ending: Ending }
  | { type: "login"; engine: string; containerId: string; login: LoginState }
  | { type: "operation"; agentId: string; operation: Operation | undefined }
  | { type: "failure"; agentId: string; failure: Failure | undefined };

/** What an engine tells of containers. */
export type ContainersMessage =
  /** The whole list: what is not in it is gone. */
  | { type: "listed"; engine: string; containers: readonly Seen[] }
  | { type: "seen"; engine: string; container: Seen }
  | { type: "gone"; engine: string; containerId: string }
  /** An event of the engine that says more than the facts after it. */
  | { type: "started"; engine: string; containerId: string }
  | { type: "ending"; engine: string; containerId: string; ending: Ending }
  /** An image was made of one of its agents. */
  | { type: "committed"; engine: string }
  /** The engine was lost, just after somebody had asked it to stop these containers. */
  | { type: "lost"; engine: string; stopped: readonly string[] };

/** A container as it was read, and whether this machine holds its key. */
export interface Seen {
  facts: ContainerFacts;
  hasKey: boolean;
}

const isUp = ({ status }: ContainerFacts) => status === "running" || status === "paused";

/** A list leaves out what only an inspect tells; while the status is the same, what was read before still holds. */
function keepDetails(before: ContainerFacts | undefined, now: ContainerFacts): ContainerFacts {
  if (before?.status !== now.status) return now;
  return {
    ...now,
    startedAt: now.startedAt ?? before.startedAt,
    exit: now.exit && { ...before.exit, ...now.exit },
  };
}

function entryOf(before: Entry | undefined, seen: Seen): Entry {
  const { login = { kind: "unknown" }, ending = "unknown" } = before ?? {};
  const facts = keepDetails(before?.facts, seen.facts);
  return { facts, hasKey: seen.hasKey, login: isUp(seen.facts) ? login : { kind: "unknown" }, ending };
}

/**
 * As listed: what was up and is not any more, without an event that said so, ended while nobody could see it; what had
 * ended and is up again was started meanwhile.
 */
function listedEntry(before: Entry | undefined, seen: Seen): Entry {
  const entry = entryOf(before, seen);
  if (before === undefined) return entry;
  if (isUp(seen.facts))
    return !isUp(before.facts) || entry.ending === "away" ? { ...entry, ending: "unknown" } : entry;
  return isUp(before.facts) && entry.ending === "unknown" ? { ...entry, ending: "away" } : entry;
}

/**
 * An engine that ends takes its containers down as `docker stop` does, tells so with the same events, and closes the
 * stream. So where nothing was left running, the stops just before were its own.
 */
function lostEngine(engine: EngineState, stopped: readonly string[]): EngineState {
  const entries = [...engine.entries];
  if (entries.some(([, { facts, ending }]) => isUp(facts) && ending === "unknown")) return engine;
  const taken = ([id, { ending }]: [string, Entry]) => ending === "stop" && stopped.includes(id);
  if (!entries.some(taken)) return engine;
  return {
    ...engine,
    entries: new Map(entries.map((one) => (taken(one) ? [one[0], { ...one[1], ending: "away" }] : one))),
  };
}

/**
 * The first word counts: a stop ends with a kill where the grace was too short, and every end with a death. Our own
 * stop is no reason of what had ended before it.
 */
function endingAfter({ facts, ending: before }: Entry, now: Ending): Ending {
  if (now === "ours") return isUp(facts) ? now : before;
  return before === "unknown" ? now : before;
}

function withEngine(state: State, name: string, change: (engine: EngineState) => EngineState): State {
  const before = state.engines.get(name) ?? {
    name,
    link: { kind: "idle" },
    health: null,
    entries: new Map(),
  };
  const after = change(before);
  if (after === before && state.engines.has(name)) return state;
  return { ...state, engines: new Map(state.engines).set(name, after) };
}

function withEntry(
  state: State,
  message: { engine: string; containerId: string },
  change: (entry: Entry) => Partial<Entry>,
): State {
  return withEngine(state, message.engine, (engine) => {
    const entry = engine.entries.get(message.containerId);
    if (!entry) return engine;
    return {
      ...engine,
      entries: new Map(engine.entries).set(message.containerId, { ...entry, ...change(entry) }),
    };
  });
}

function withKey<V>(map: ReadonlyMap<string, V>, key: string, value: V | undefined): ReadonlyMap<string, V> {
  const copy = new Map(map);
  if (value === undefined) copy.delete(key);
  else copy.set(key, value);
  return copy;
}

/** What a message does to agents, done to other programs' containers: the same rules, another map. */
function withForeign(engine: EngineState, about: ContainersMessage): EngineState {
  const alone = { ...engine, entries: engine.foreign ?? new Map<string, Entry>() };
  const after = reduce({ ...emptyState, engines: new Map([[engine.name, alone]]) }, about);
  const foreign = after.engines.get(engine.name)?.entries;
  return foreign === alone.entries ? engine : { ...engine, foreign };
}

/** The state after `message`. Pure; gives the same object back where nothing changed. */
export function reduce(state: State, message: Message): State {
  switch (message.type) {
    case "forget":
      return state.engines.has(message.engine)
        ? { ...state, engines: withKey(state.engines, message.engine, undefined) }
        : state;
    case "link":
      return withEngine(state, message.engine, (engine) => ({ ...engine, link: message.link }));
    case "health":
      return withEngine(state, message.engine, (engine) => ({ ...engine, health: message.health }));
    case "foreign":
      return withEngine(state, message.engine, (engine) => withForeign(engine, message.about));
    case "mngrRecords":
      return withEngine(state, message.engine, (engine) =>
        engine.foreign ? { ...engine, mngrRecords: message.records } : engine,
      );
    case "foreignUnwatched":
      return withEngine(state, message.engine, (engine) =>
        engine.foreign ? { ...engine, foreign: undefined, mngrRecords: undefined } : engine,
      );
    case "listed":
      return withEngine(state, message.engine, (engine) => ({
        ...engine,
        entries: new Map(
          message.containers.map((seen) => [
            seen.facts.id,
            listedEntry(engine.entries.get(seen.facts.id), seen),
          ]),
        ),
      }));
    case "seen":
      return withEngine(state, message.engine, (engine) => {
        const { id } = message.container.facts;
        return {
          ...engine,
          entries: new Map(engine.entries).set(id, entryOf(engine.entries.get(id), message.container)),
        };
      });
    case "gone":
      return withEngine(state, message.engine, (engine) =>
        engine.entries.has(message.containerId)
          ? { ...engine, entries: withKey(engine.entries, message.containerId, undefined) }
          : engine,
      );
    case "started":
      return withEntry(state, message, () => ({ login: { kind: "unknown" }, ending: "unknown" }));
    case "ending":
      return withEntry(state, message, (entry) => ({ ending: endingAfter(entry, message.ending) }));
    case "committed":
      return withEngine(state, message.engine, (engine) => ({
        ...engine,
        commits: (engine.commits ?? 0) + 1,
      }));
    case "recorded":
      return withEntry(state, message, ({ facts, ending: before }) => {
        const unseen = !isUp(facts) && (before === "unknown" || before === "away");
        return { ending: unseen ? message.ending : before };
      });
    case "lost":
      return withEngine(state, message.engine, (engine) => lostEngine(engine, message.stopped));
    case "login":
      return withEntry(state, message, () => ({ login: message.login }));
    case "operation":
      return { ...state, operations: withKey(state.operations, message.agentId, message.operation) };
    case "failure":
      return { ...state, failures: withKey(state.failures, message.agentId, message.failure) };
  }
}
