import { targetOf, type Call } from "./call.js";
import type { CoreHost } from "./coreHost.js";
import { targetsOf, type Fitting } from "./pickAgent.js";

/** An agent by its id, and what people call it. */
export interface NamedAgent {
  agentId: string;
  name: string;
  target: string;
  engine: string | undefined;
}

/** The one agent that a call means, or that the user chooses. */
export async function agentOf(call: Call, host: CoreHost, fitting: Fitting): Promise<NamedAgent> {
  const [target] = await targetsOf(call, host, fitting);
  const rows = host.state.picture?.agents ?? [];
  const row = call.nodes[0]?.row ?? rows.find((one) => targetOf(one) === target);
  return {
    target,
    agentId: row?.agent.id ?? target,
    name: row?.agent.name ?? target,
    engine: row?.agent.engine,
  };
}

/** True for an agent whose container is there and left alone. */
export const canBeSnapshotted: Fitting["fits"] = ({ agent, failure, operation }) =>
  failure === undefined &&
  operation === undefined &&
  ["running", "unhealthy", "paused", "stopped", "exited"].includes(agent.state);
