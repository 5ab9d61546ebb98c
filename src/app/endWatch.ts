import type { AgentContext } from "../agents/context.js";
import { endIsUnknown, recordedEnding } from "../agents/ended.js";
import { endSection, parseEndRecord } from "../model/endRecord.js";
import { messageOf } from "../model/errors.js";
import { labelKeys } from "../model/labels.js";
import type { EngineLink, EngineState, State } from "../store/state.js";
import type { Store } from "../store/store.js";
import type { Disposable } from "../util/dispose.js";
import type { Logger } from "../util/log.js";

/**
 * Once after each connection: what had ended before anybody here looked is looked up in what other clients wrote
 * down. One archive, and an inspect for each end that it may explain; nothing where no agent has ended unseen. No row
 * waits for it.
 */
export function watchEndings(
  store: Store,
  contextOf: (engine: string) => Promise<AgentContext>,
  log: Logger,
): Disposable {
  const stopped = new AbortController();
  const looked = new WeakSet<EngineLink>();

  const explain = async ({ name, entries }: EngineState): Promise<void> => {
    const unknown = [...entries.values()].filter(endIsUnknown);
    if (unknown.length === 0) return;
    const { engine, state } = await contextOf(name);
    const records = await state.read(stopped.signal);
    for (const { facts } of unknown) {
      const record = records.get(facts.labels[labelKeys.agentId] ?? "");
      if (parseEndRecord(record?.[endSection])?.containerId !== facts.id) continue;
      const ending = recordedEnding(record, await engine.inspectContainer(facts.id, stopped.signal));
      if (ending) store.dispatch({ type: "recorded", engine: name, containerId: facts.id, ending });
    }
  };

  const look = ({ engines }: State): void => {
    for (const engine of engines.values()) {
      if (engine.link.kind !== "live" || looked.has(engine.link)) continue;
      looked.add(engine.link);
      explain(engine).catch((error: unknown) => {
        if (!stopped.signal.aborted) log.warn(`${engine.name}: why agents stopped: ${messageOf(error)}`);
      });
    }
  };

  const listening = store.onDidChange(look);
  look(store.state);
  return {
    dispose: () => {
      stopped.abort();
      listening.dispose();
    },
  };
}
