import { AgentError } from "../model/errors.js";

/** One agent as SSH clients on this machine reach it. */
export interface SshHost {
  /** `ac-…`, of `[a-z0-9.-]`. */
  alias: string;
  agentId: string;
  /** The engine that the agent lives on, as `Engine.name`: clean-up must not judge agents of an engine that is away. */
  engine: string;
  /** IP address or DNS name. */
  hostName: string;
  port: number;
  user: string;
  /** `[user@]host[:port]` through which it is reached, under the user's own configuration for that host (SPEC H7). */
  proxyJump?: string;
  /** sshd's public key, `ssh-ed25519 AAAA…`; a comment after it is dropped. */
  hostPublicKey: string;
}

const rules: Record<Exclude<keyof SshHost, "port" | "proxyJump">, RegExp> = {
  alias: /^[a-z0-9][a-z0-9.-]{0,252}$/,
  agentId: /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/,
  // Kept in a comment, where only a line break would do harm.
  // eslint-disable-next-line no-control-regex -- they are what it refuses
  engine: /^[^\u0000-\u001f\u007f]{1,1024}$/,
  hostName: /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$|^::[0-9A-Fa-f:.]*$/,
  user: /^[a-z_][a-z0-9_-]{0,31}$/,
  hostPublicKey: /^ssh-ed25519 [A-Za-z0-9+/]{68}$/,
};

/** Never a dash in front, which ssh would take for an option. */
const proxyJumpRule =
  /^(?:[A-Za-z0-9_][A-Za-z0-9_.-]*@)?(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/**
 * The host as our files may hold it. Its values come from labels and from inside containers, so each is checked
 * against what the files' grammar takes as plain data. `SPEC_INVALID`, naming the field.
 */
export function checkedHost(host: SshHost): SshHost {
  const [type = "", key = ""] = host.hostPublicKey.trim().split(/\s+/);
  const checked = { ...host, hostPublicKey: `${type} ${key}` };
  for (const [field, rule] of Object.entries(rules)) {
    const value: unknown = Object.getOwnPropertyDescriptor(checked, field)?.value;
    if (typeof value !== "string" || !rule.test(value)) throw invalid(field, value);
  }
  if (host.proxyJump !== undefined && !proxyJumpRule.test(host.proxyJump))
    throw invalid("proxyJump", host.proxyJump);
  if (!Number.isInteger(host.port) || host.port < 1 || host.port > 65_535) throw invalid("port", host.port);
  return checked;
}

/** The id as a file name. `SPEC_INVALID`. */
export function checkedAgentId(agentId: string): string {
  if (!rules.agentId.test(agentId)) throw invalid("agentId", agentId);
  return agentId;
}

function invalid(field: string, value: unknown): AgentError {
  return new AgentError(
    "SPEC_INVALID",
    `The SSH configuration cannot take ${JSON.stringify(value)?.slice(0, 100) ?? "nothing"} as ${field}.`,
    { field, remedy: "The agent's labels or its SSH files are damaged; destroy it and create it again." },
  );
}
