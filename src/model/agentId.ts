import { randomBytes } from "node:crypto";

/** A new agent id, in the form that mngr uses: `agent-` and 32 hexadecimal digits. */
export function newAgentId(): string {
  return `agent-${randomBytes(16).toString("hex")}`;
}

/** The part of an id that people read: its first eight digits. */
export function shortId(agentId: string): string {
  return agentId.replace(/^agent-/, "").slice(0, 8);
}
