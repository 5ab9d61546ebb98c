import { endSection, parseEndRecord, type EndRecord } from "../model/endRecord.js";
import { messageOf } from "../model/errors.js";
import type { Ending } from "../model/exit.js";
import { labelKeys } from "../model/labels.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { StateRecord } from "../storage/stateDocument.js";
import type { AgentContext } from "./context.js";

/** Writes down, for other clients, that `facts` ended because a user of ours asked. Nobody waits for it. */
export function rememberStop({ state }: AgentContext, facts: ContainerFacts): void {
  const agentId = facts.labels[labelKeys.agentId];
  const at = facts.exit?.at;
  if (!agentId || !at) return;
  const ended: EndRecord = { containerId: facts.id, at: at.toISOString(), by: "stop" };
  state.suggestImage(facts.image);
  state.later(`why ${facts.name} stopped`, () =>
    state.update(agentId, (before) => ({ ...before, [endSection]: ended })),
  );
}

/** Takes what is kept of an agent that is gone out of the state volume; where there is nothing, nothing is made. */
export function forgetAgent({ state }: AgentContext, agentId: string): void {
  state.later(`that ${agentId} is gone`, async () => {
    if ((await state.read()).has(agentId)) await state.update(agentId, () => undefined);
  });
}

/** What the record says of exactly this end. `facts` must come from an inspect: a list does not tell the time. */
export function recordedEnding(record: StateRecord | undefined, facts: ContainerFacts): Ending | undefined {
  const ended = parseEndRecord(record?.[endSection]);
  if (ended?.containerId !== facts.id || ended.at !== facts.exit?.at?.toISOString()) return undefined;
  return "ours";
}

/** True where somebody may have written down how it ended, and nothing that was seen says it. */
export function endIsUnknown({ facts, ending }: { facts: ContainerFacts; ending: Ending }): boolean {
  return facts.status === "exited" && (ending === "unknown" || ending === "away");
}

/** How an ended container came to its end, as another client wrote it down. Undefined where nobody did. */
export async function lookUpEnding(
  { state, log }: AgentContext,
  facts: ContainerFacts,
  signal?: AbortSignal,
): Promise<Ending | undefined> {
  try {
    return recordedEnding((await state.read(signal)).get(facts.labels[labelKeys.agentId] ?? ""), facts);
  } catch (error) {
    signal?.throwIfAborted();
    // Without it the reason is taken from the exit code.
    log.warn(`Why ${facts.name} stopped cannot be looked up: ${messageOf(error)}`);
    return undefined;
  }
}
