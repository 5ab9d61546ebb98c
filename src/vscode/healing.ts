import type { Agent } from "../model/agent.js";

/** What a window on an agent needs before it can connect. */
export interface Healing {
  agent: Agent | undefined;
  /** `ask` where somebody stopped it: a restored window is not yet the wish to have it running again. */
  action: "none" | "start" | "ask";
}

const prefix = "ssh-remote+";

/** Finds the agent of a window by its authority, and what it needs. Pure. */
export function healing(authority: string, agents: readonly Agent[]): Healing {
  const alias = authority.startsWith(prefix) ? authority.slice(prefix.length) : undefined;
  const agent = agents.find(({ ssh }) => ssh !== null && ssh.alias === alias);
  if (!agent) return { agent, action: "none" };
  switch (agent.state) {
    case "stopped":
      return { agent, action: "ask" };
    case "exited":
    case "unhealthy":
      return { agent, action: "start" };
    default:
      return { agent, action: "none" };
  }
}
