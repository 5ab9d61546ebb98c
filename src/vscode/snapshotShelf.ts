import type { Core } from "../app/core.js";
import { messageOf } from "../model/errors.js";
import type { Snapshot } from "../model/snapshot.js";
import type { Disposable } from "../util/dispose.js";
import { Emitter, type Event } from "../util/event.js";
import type { Logger } from "../util/log.js";
import type { CoreHost } from "./coreHost.js";

/** The snapshots of all engines that answer, for the tree. */
export interface SnapshotShelf extends Disposable {
  /** All that are known, newest first of each engine; the same list while nothing changed. */
  readonly all: readonly Snapshot[];
  readonly onDidChange: Event<void>;
  /** Lists what has not been listed, in one request for each engine; for nobody who waits. */
  follow(): void;
  /** Lists anew, one engine or all. Resolves when that is shown. */
  refresh(engine?: string): Promise<void>;
}

interface Listed {
  /** What of the engine was so when it was listed: listed anew when it is otherwise. */
  mark: string;
  snapshots: readonly Snapshot[];
}

/** Nothing is polled: engines are listed when they connect, when one of their agents is committed, comes or goes. */
export function createSnapshotShelf(
  host: Pick<CoreHost, "loaded" | "state">,
  log: Pick<Logger, "warn">,
): SnapshotShelf {
  const changed = new Emitter<void>();
  const engines = new Map<string, Listed>();
  const underWay = new Map<string, Promise<void>>();
  let all: readonly Snapshot[] = [];
  let core: Core | undefined;
  let followed = false;

  const collect = () => {
    const next = [...engines.values()].flatMap(({ snapshots }) => snapshots);
    if (JSON.stringify(next) === JSON.stringify(all)) return;
    all = next;
    changed.fire();
  };
  /** By engine that answers. */
  const marks = (): ReadonlyMap<string, string> => {
    const { picture } = host.state;
    const live = (picture?.engines ?? []).filter(({ link }) => link.kind === "live");
    return new Map(
      live.map(({ name, commits = 0, entries }) => [name, `${commits} commits, ${entries.size} agents`]),
    );
  };
  const list = (asked: Core, engine: string, mark: string): Promise<void> => {
    const listing = asked
      .listSnapshots({}, { engine })
      .then((snapshots) => {
        if (core !== asked) return;
        engines.set(engine, { mark, snapshots });
        collect();
      })
      .catch((error: unknown) => {
        // The rows that are known stay, and so does the mark: the next change or refresh tries again.
        log.warn(`snapshots of ${engine}: ${messageOf(error)}`);
      })
      .finally(() => {
        if (underWay.get(engine) === listing) underWay.delete(engine);
        shelf.follow();
      });
    underWay.set(engine, listing);
    // A listing that fails is not begun again by itself.
    engines.set(engine, { mark, snapshots: engines.get(engine)?.snapshots ?? [] });
    return listing;
  };

  const shelf: SnapshotShelf = {
    get all() {
      return all;
    },
    onDidChange: changed.event,
    follow() {
      followed = true;
      const { loaded, state } = host;
      if (loaded !== core) {
        core = loaded;
        engines.clear();
        underWay.clear();
      }
      if (!loaded) return collect();
      const known = new Set((state.picture?.engines ?? []).map(({ name }) => name));
      for (const name of engines.keys()) if (!known.has(name)) engines.delete(name);
      const now = marks();
      for (const [name, mark] of now) {
        if (engines.get(name)?.mark !== mark && !underWay.has(name)) void list(loaded, name, mark);
      }
      // One that went away is listed when it is back.
      for (const [name, listed] of engines) if (!now.has(name)) listed.mark = "";
      collect();
    },
    async refresh(engine) {
      if (!followed || !core) return;
      const asked = core;
      const wanted = [...marks()].filter(([name]) => engine === undefined || name === engine);
      // What is under way may have been answered before what this is asked for.
      await Promise.all(wanted.flatMap(([name]) => underWay.get(name) ?? []));
      await Promise.all(wanted.map(([name, mark]) => underWay.get(name) ?? list(asked, name, mark)));
    },
    dispose: () => changed.dispose(),
  };
  return shelf;
}
