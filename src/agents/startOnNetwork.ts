import { AgentError, isAgentError } from "../model/errors.js";
import type { NetworkConfig } from "../model/network.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { AgentContext, Work } from "./context.js";
import { requireLabels } from "./facts.js";
import { ensureNetwork } from "./network.js";

const attempts = 3;

/**
 * Starts an agent's container, by `start` where that is not the engine's plain verb. The engine lets a network go that
 * only stopped containers want, and then starts none of them: one of ours is made again as it was asked for, and
 * joined. Errors: those of the engine's start; `NETWORK_CONFLICT` for a network that is the user's own, and where ours
 * cannot be had again as it was.
 */
export async function startOnNetwork(
  context: AgentContext,
  facts: ContainerFacts,
  { onProgress, signal }: Work,
  start = () => context.engine.startContainer(facts.id, signal),
): Promise<void> {
  const network = requireLabels(facts).network;
  let attempt = start();
  for (let count = 1; ; count += 1) {
    try {
      await attempt;
      return;
    } catch (error) {
      if (!isAgentError(error, "NETWORK_CONFLICT")) throw error;
      // More than once where another client takes back a network of that name that it made at the same moment.
      if (!network || count === attempts) throw await lostNetwork(context, facts, error, signal);
    }
    onProgress("Making its network again");
    await rejoin(context, facts, network, signal);
    attempt = context.engine.startContainer(facts.id, signal);
  }
}

async function rejoin(
  context: AgentContext,
  facts: ContainerFacts,
  network: NetworkConfig,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { engine } = context;
  const { NetworkingConfig } = await engine.containerBody(facts.id, signal);
  const endpoint = NetworkingConfig?.EndpointsConfig[network.name] ?? {};
  try {
    await ensureNetwork(context, network, true, signal);
    await engine.connectNetwork(network.name, facts.id, endpoint, signal);
  } catch (error) {
    if (isAgentError(error, "NETWORK_CONFLICT")) throw await lostNetwork(context, facts, error, signal);
    // It went once more, or the container did: the next start says which.
    if (!isAgentError(error, "NOT_FOUND")) throw error;
  }
}

/** What the user can do where we may not, or cannot. */
async function lostNetwork(
  { engine }: AgentContext,
  { name, networks }: ContainerFacts,
  cause: AgentError,
  signal: AbortSignal | undefined,
): Promise<AgentError> {
  const there = new Set((await engine.listNetworks(signal)).map((network) => network.name));
  const wanted = Object.keys(networks);
  const gone = wanted.filter((network) => !there.has(network));
  const create = gone.map((network) => `docker network create ${network}`);
  const connect = (gone.length > 0 ? gone : wanted).map(
    (network) => `docker network connect ${network} ${name}`,
  );
  const advice = gone.length > 0 ? "Make it again and join it" : "Join the one that is there";
  return new AgentError("NETWORK_CONFLICT", cause.message, {
    remedy: `${advice}: ${[...create, ...connect].join("; ")}. Then start the agent.`,
    cause,
  });
}
