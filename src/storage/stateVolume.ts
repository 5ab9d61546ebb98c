import { AgentError, isAgentError, messageOf } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import type { Clock } from "../util/clock.js";
import type { Logger } from "../util/log.js";
import { createBlobs, type Blobs } from "./blobs.js";
import { ensureServing, findStateContainers, type StateStore } from "./stateContainer.js";
import { holdsNothing } from "./stateContents.js";
import { asRecord, documentSchema, emptyDocument, type StateRecord } from "./stateDocument.js";
import { LockLost, withStateLock } from "./stateLock.js";
import { judge, readSlots, writeSlot, type Slots } from "./stateSlots.js";

/** Gives the new record, or undefined for none. Called again where the write had to be done again. */
export type RecordChange = (before: StateRecord) => StateRecord | undefined;

/** All that clients of one engine keep together, beside the labels. */
export interface StateVolume {
  /**
   * The records by agent id. Creates nothing: where nothing was ever written there are none. Records that cannot be
   * read are left out and logged. One archive request, and a list the first time.
   */
  read(signal?: AbortSignal): Promise<ReadonlyMap<string, StateRecord>>;
  /**
   * Changes one record, whatever other clients write meanwhile: settles when it is written. Rejects with
   * `UNSUPPORTED` where a newer version of this program wrote the file, or the record cannot be read.
   */
  update(agentId: string, change: RecordChange): Promise<void>;
  /** An image that the engine certainly has, for the containers that have to be made. */
  suggestImage(reference: string): void;
  /**
   * The name of the volume where it is there and holds nothing; undefined where there is none, where it holds something,
   * and where that cannot be told. Creates nothing.
   */
  emptyVolume(signal?: AbortSignal): Promise<string | undefined>;
  /** Removes the volume and its container. Rejects with `UNSUPPORTED` while it holds anything. */
  remove(): Promise<void>;
  /** Large things, streamed. */
  readonly blobs: Blobs;
  /** Does what nobody waits for; a failure is logged, with `what` was to be written. */
  later(what: string, work: () => Promise<void>): void;
  /** Settles when nothing is under way, what nobody waits for included. */
  settled(): Promise<void>;
}

export interface StateVolumeOptions {
  engine: Engine;
  clock: Clock;
  log: Logger;
  /** Default: `agent-containers-state`. */
  volume?: string;
}

interface Pending {
  agentId: string;
  change: RecordChange;
  resolve: () => void;
  reject: (error: unknown) => void;
}

const attempts = 5;

/** Cheap: asks nothing before the first call. */
export function createStateVolume(options: StateVolumeOptions): StateVolume {
  const { engine, clock, log, volume = "agent-containers-state" } = options;
  const images: string[] = [];
  const store: StateStore = { engine, volume, images: () => images };
  const pending: Pending[] = [];
  let servingId: string | undefined;
  let running: Promise<void> | undefined;
  const background = new Set<Promise<void>>();

  const locked = async <T>(work: (lockId: string, signal: AbortSignal) => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await withStateLock(store, clock, work);
      } catch (error) {
        if (!(error instanceof LockLost)) throw error;
        if (attempt === attempts)
          throw new AgentError("ENGINE_FAILED", `${volume}: ${error.message}`, { cause: error });
        log.warn(`${volume}: ${error.message} Writing again.`);
      }
    }
  };

  /** Everything that waits goes into one revision. */
  const write = async (batch: readonly Pending[]): Promise<void> => {
    const outcome = await locked(async (lockId, signal) => {
      const slots = (await readSlots(engine, lockId, signal)) ?? judge(new Map());
      if (slots.lost) log.error(`${volume}: nothing in it can be read; kept as it is in unreadable/.`);
      const { results, records } = applyChanges(slots, batch);
      const { document } = slots;
      const next = { ...document, revision: document.revision + 1, records };
      await writeSlot(engine, lockId, slots, next, signal);
      servingId = await ensureServing(store);
      return results;
    });
    batch.forEach(({ resolve, reject }, index) => {
      const error = outcome[index];
      if (error) reject(error);
      else resolve();
    });
  };

  const drain = async (): Promise<void> => {
    while (pending.length > 0) {
      const batch = pending.splice(0);
      await write(batch).catch((error: unknown) => batch.forEach(({ reject }) => reject(error)));
    }
    // In the same turn as the check above, so that no change falls between them.
    running = undefined;
  };

  /** The container to read through; asked for once, and again where it is gone. */
  const readNow = async (signal?: AbortSignal): Promise<Slots | undefined> => {
    const known = servingId;
    const slots = known && (await readSlots(engine, known, signal));
    if (slots) return slots;
    servingId = (await findStateContainers(store, "state", signal))[0]?.id;
    if (!servingId || servingId === known) return undefined;
    return readSlots(engine, servingId, signal);
  };

  /** Readers take no lock: one who comes in the middle of a write may see a file cut off, and looks again. */
  const readPatiently = async (signal?: AbortSignal): Promise<Slots | undefined> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const slots = await readNow(signal);
        if (!slots?.lost || attempt === 3) return slots;
      } catch (error) {
        if (signal?.aborted || attempt === 3) throw error;
      }
    }
  };

  return {
    async read(signal) {
      const slots = await readPatiently(signal);
      if (slots?.lost) log.warn(`${volume}: nothing in it can be read.`);
      const found = new Map<string, StateRecord>();
      for (const [agentId, value] of slots?.document.records ?? emptyDocument.records) {
        const record = asRecord(value);
        if (record) found.set(agentId, record);
        else log.warn(`${volume}: the record of ${agentId} cannot be read.`);
      }
      return found;
    },

    update: (agentId, change) =>
      new Promise<void>((resolve, reject) => {
        pending.push({ agentId, change, resolve, reject });
        running ??= drain();
      }),

    suggestImage(reference) {
      if (!images.includes(reference)) images.unshift(reference);
    },

    async emptyVolume(signal) {
      const [serving] = await findStateContainers(store, "state", signal);
      try {
        return serving && (await holdsNothing(engine, serving.id, signal)) ? volume : undefined;
      } catch (error) {
        // Somebody else removed it just now.
        if (!isAgentError(error, "NOT_FOUND")) throw error;
        return undefined;
      }
    },

    async remove() {
      await locked(async (lockId, signal) => {
        if (!(await holdsNothing(engine, lockId, signal)))
          throw new AgentError("UNSUPPORTED", `The state volume ${volume} still holds something.`);
        for (const { id } of await findStateContainers(store, "state")) await engine.removeContainer(id);
      });
      servingId = undefined;
      await engine.removeVolume(volume);
    },

    blobs: createBlobs(store),

    later(what, work) {
      const done = work()
        .catch((error: unknown) => log.warn(`${volume}: ${what} was not written: ${messageOf(error)}`))
        .finally(() => background.delete(done));
      background.add(done);
    },

    async settled() {
      while (running ?? background.size > 0) await Promise.all([running, ...background]);
    },
  };
}

/** The records after `batch`, and for each change the reason why it was not made. Pure. */
function applyChanges({ document }: Slots, batch: readonly Pending[]) {
  if (document.schema > documentSchema)
    throw new AgentError("UNSUPPORTED", "The state on this engine was written by a newer Agent Containers.", {
      remedy: "Update Agent Containers.",
    });
  const records = new Map(document.records);
  const results = batch.map(({ agentId, change }): unknown => {
    const before = records.has(agentId) ? asRecord(records.get(agentId)) : {};
    try {
      const after = change(before ?? {});
      if (after === undefined) records.delete(agentId);
      else if (before) records.set(agentId, after);
      else
        throw new AgentError("UNSUPPORTED", `What is kept of ${agentId} cannot be read, and stays as it is.`);
      return undefined;
    } catch (error) {
      return error;
    }
  });
  return { results, records };
}
