import type { Agent } from "../model/agent.js";
import { AgentError, messageOf } from "../model/errors.js";
import { foreignIdentity } from "../model/foreign.js";
import { foreignLabelKeys } from "../model/labels.js";
import type { MngrRecord } from "../model/mngrRecord.js";
import type { ContainerFacts } from "../ports/engine.js";
import { readMngrRecords } from "../storage/mngrRecords.js";
import type { AgentContext } from "./context.js";

/** Containers of mngr and of openlattice: two requests at once, because filters by label are joined by "and". */
export async function listForeignContainers(
  { engine }: AgentContext,
  signal?: AbortSignal,
): Promise<ContainerFacts[]> {
  const [mngr, openlattice] = await Promise.all([
    engine.listContainers(foreignLabelKeys.mngrHostId, signal),
    engine.listContainers(`${foreignLabelKeys.openlattice}=true`, signal),
  ]);
  const all = new Map([...mngr, ...openlattice].map((facts) => [facts.id, facts]));
  return [...all.values()].filter(({ labels }) => foreignIdentity(labels));
}

/** mngr's records; none where they cannot be read: then labels have to do. */
export async function foreignRecords(
  { engine, log }: AgentContext,
  containers: readonly ContainerFacts[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, MngrRecord>> {
  if (!containers.some(({ labels }) => foreignIdentity(labels)?.managedBy === "mngr")) return new Map();
  try {
    return await readMngrRecords(engine, signal);
  } catch (error) {
    signal?.throwIfAborted();
    log.warn(`mngr's records on ${engine.name} cannot be read: ${messageOf(error)}`);
    return new Map();
  }
}

/** The agent with what mngr's record says of it: its present name, and why it stopped. Pure. */
export function withMngrRecord(agent: Agent, record: MngrRecord | undefined): Agent {
  if (!record) return agent;
  const why = record.failureReason ?? record.stopReason;
  const ended = agent.state === "stopped" || agent.state === "exited" || agent.state === "failed";
  return {
    ...agent,
    name: record.hostName ?? agent.name,
    stateReason: ended && why ? `${agent.stateReason} mngr says: ${why}.` : agent.stateReason,
  };
}

/** Refuses what would break another program's records of its own container. `UNSUPPORTED`, with whose it is. */
export function refuseForeign(facts: ContainerFacts, what: string): void {
  const identity = foreignIdentity(facts.labels);
  if (!identity) return;
  const { managedBy } = identity;
  throw new AgentError(
    "UNSUPPORTED",
    `${facts.name} belongs to ${managedBy}, and cannot be ${what} from here.`,
    {
      remedy: managedBy === "mngr" ? "Use the mngr command for it." : "Use openlattice for it.",
    },
  );
}
