import { messageOf, toAgentError } from "../../model/errors.js";
import type { AgentContext } from "../context.js";
import { withOwner } from "../owner.js";
import type { FoundSnapshot } from "./find.js";
import { showSnapshot, type Shown } from "./showing.js";

/** How long a snapshot stays shown after the last reader: an editor opens many files in a row. */
const lingerMs = 2000;

/** Where a snapshot is. */
export interface PlacedSnapshot {
  context: AgentContext;
  found: FoundSnapshot;
}

/** What a reader gets: the container, and the engine that has it. */
export type ReadableSnapshot = Shown & PlacedSnapshot;

/** One snapshot that is shown. */
class Held {
  readonly shown: Promise<ReadableSnapshot>;
  /** Settles when its container is gone. */
  readonly gone: Promise<void>;
  private readers = 0;
  private timer: NodeJS.Timeout | undefined;
  private readonly wanted = new AbortController();

  constructor(
    find: () => Promise<PlacedSnapshot>,
    private readonly letGo: (held: Held) => void,
  ) {
    let made: (shown: ReadableSnapshot) => void;
    let failed: (error: unknown) => void;
    this.shown = new Promise<ReadableSnapshot>((resolve, reject) => ([made, failed] = [resolve, reject]));
    this.gone = withOwner((owner) => this.show(find, owner, made)).catch((error: unknown) => {
      this.release();
      failed(toAgentError(error));
    });
  }

  async read<T>(work: (shown: ReadableSnapshot) => Promise<T>): Promise<T> {
    this.readers += 1;
    clearTimeout(this.timer);
    try {
      return await work(await this.shown);
    } finally {
      this.readers -= 1;
      if (this.readers === 0) this.timer = setTimeout(() => this.release(), lingerMs);
    }
  }

  /** Nobody reads it from here on. */
  release(): void {
    clearTimeout(this.timer);
    this.letGo(this);
    this.wanted.abort();
  }

  private async show(
    find: () => Promise<PlacedSnapshot>,
    owner: string,
    made: (shown: ReadableSnapshot) => void,
  ): Promise<void> {
    const { context, found } = await find();
    const shown = await showSnapshot(context, found, { owner });
    made({ ...shown, context, found });
    const { signal } = this.wanted;
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    try {
      await context.engine.removeContainer(shown.containerId);
    } catch (error) {
      // Its mark says that nobody needs it any more: the next recovery takes it.
      context.log.warn(`What showed ${found.snapshot.name} is still there: ${messageOf(error)}`);
    }
  }
}

/** Snapshots whose files are read one by one, each through one container, which goes soon after the last reader. */
export class ShownSnapshots {
  private readonly held = new Map<string, Held>();

  /** Reads in the snapshot that `key` names; `find` is asked where it is not shown yet. Rejects with what `find` does. */
  read<T>(
    key: string,
    find: () => Promise<PlacedSnapshot>,
    work: (shown: ReadableSnapshot) => Promise<T>,
  ): Promise<T> {
    const held =
      this.held.get(key) ??
      new Held(find, (ended) => {
        if (this.held.get(key) === ended) this.held.delete(key);
      });
    this.held.set(key, held);
    return held.read(work);
  }

  /** Lets go of all, whoever reads; settles when their containers are gone. Undefined where there are none. */
  close(): Promise<void> | undefined {
    const all = [...this.held.values()];
    if (all.length === 0) return undefined;
    for (const held of all) held.release();
    return Promise.all(all.map(({ gone }) => gone)).then(() => undefined);
  }
}
