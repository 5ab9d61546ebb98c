import { routeTo } from "../model/route.js";
import type { SshHost } from "../ssh/sshHost.js";
import type { AgentContext } from "./context.js";

/** An agent as it goes into the SSH configuration. */
export function sshHostOf(
  { engine, endpoint }: AgentContext,
  agent: Pick<SshHost, "alias" | "agentId" | "port" | "user" | "hostPublicKey">,
): SshHost {
  const { alias, agentId, port, user, hostPublicKey } = agent;
  return { alias, agentId, port, user, hostPublicKey, engine: engine.name, ...routeTo(endpoint) };
}

/** The same way for a login of ours; through the engine's own connection where it leads through its host. */
export function loginRoute({ engine, endpoint }: AgentContext, port: number) {
  const { hostName: host, proxyJump } = routeTo(endpoint);
  if (proxyJump === undefined) return { host };
  return { host, openSocket: (signal: AbortSignal) => engine.connectToHost(port, signal) };
}
