import { AgentError, isAgentError } from "../model/errors.js";
import { roleLabel } from "../model/labels.js";
import { renderNetwork, sameNetwork, type NetworkConfig } from "../model/network.js";
import { freeSubnet } from "../model/subnets.js";
import type { Engine, NetworkFacts } from "../ports/engine.js";
import type { AgentContext } from "./context.js";

const ours = { [roleLabel]: "network" };

function differs(wanted: NetworkConfig, existing: NetworkFacts): AgentError {
  return new AgentError(
    "NETWORK_CONFLICT",
    `The network ${wanted.name} exists as ${renderNetwork(existing)}, not as ${renderNetwork(wanted)}.`,
    {
      remedy:
        `Give "network": "${wanted.name}" to use it as it is, or another one: ` +
        `"network": {"name": …, "subnet": …}, in the request or in the setting agentContainers.network.`,
      field: "network",
      suggestion: wanted.name,
    },
  );
}

async function overlap(
  engine: Engine,
  wanted: NetworkConfig,
  cause: unknown,
  signal?: AbortSignal,
): Promise<Error> {
  const existing = (await engine.listNetworks(signal)).filter((network) => network.subnet !== undefined);
  const others = existing.map((network) => `${network.name} (${renderNetwork(network)})`);
  const free = freeSubnet(existing.map(({ subnet = "" }) => subnet));
  const other = free && JSON.stringify({ name: wanted.name, subnet: free });
  return new AgentError(
    "NETWORK_CONFLICT",
    `The subnet of ${wanted.name} (${renderNetwork(wanted)}) overlaps one of ${others.join(", ")}.`,
    {
      remedy: other
        ? `Another subnet is free: give "network": ${other}, in the request or in the setting agentContainers.network.`
        : `Give "network": NAME to use one of them as it is.`,
      field: "network",
      cause,
    },
  );
}

/** True for those that we make for agents. */
const isOurs = ({ labels }: NetworkFacts) => labels[roleLabel] === ours[roleLabel];

/**
 * Engines allow two networks of one name when both are made at the same moment, and then refuse to start anything on
 * either. Every maker looks afterwards, and all but the oldest take theirs back. True where the one that stays is ours.
 */
async function yieldToOlder(
  engine: Engine,
  name: string,
  mine: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const [oldest] = (await engine.listNetworks(signal))
    .filter((network) => network.name === name)
    .sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || a.id.localeCompare(b.id));
  if (!oldest || oldest.id === mine) return true;
  await engine.removeNetwork(mine);
  return isOurs(oldest);
}

/** Another process may be making the same network just now: it has the subnet already, and not yet the name. */
async function findSoon(
  { engine, clock }: AgentContext,
  name: string,
  signal?: AbortSignal,
): Promise<NetworkFacts | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await engine.findNetwork(name, signal);
    if (found || attempt === 10) return found;
    await clock.sleep(100, signal);
  }
}

/**
 * Makes sure of a bridge network for a container (SPEC C7). `exact` demands the configuration
 * too; a network that the user named is joined as it is. Two creates at once, here or in another process, make one.
 * True where it is one of ours.
 */
export async function ensureNetwork(
  context: AgentContext,
  wanted: NetworkConfig,
  exact: boolean,
  signal?: AbortSignal,
): Promise<boolean> {
  return context.networkQueue.run(wanted.name, async () => {
    const existing = await context.engine.findNetwork(wanted.name, signal);
    if (existing) return checked(existing);
    try {
      const id = await context.engine.createNetwork(wanted, ours, signal);
      return await yieldToOlder(context.engine, wanted.name, id, signal);
    } catch (error) {
      if (!isAgentError(error, "NETWORK_CONFLICT")) throw error;
      const winner = await findSoon(context, wanted.name, signal);
      if (winner) return checked(winner);
      throw await overlap(context.engine, wanted, error, signal);
    }
  });

  function checked(existing: NetworkFacts): boolean {
    if (exact && !sameNetwork(wanted, existing)) throw differs(wanted, existing);
    return isOurs(existing);
  }
}

/** Removes the network if we made it and no container, running or stopped, is on it. */
export async function removeUnusedNetwork(context: AgentContext, name: string): Promise<void> {
  await context.networkQueue.run(name, async () => {
    const network = await context.engine.findNetwork(name);
    if (!network || !isOurs(network)) return;
    if ((await context.engine.listNetworkContainers(network.id)).length > 0) return;
    try {
      await context.engine.removeNetwork(network.id);
    } catch (error) {
      // Somebody joined it in between: then it is used.
      if (!isAgentError(error, "NETWORK_CONFLICT")) throw error;
    }
  });
}
