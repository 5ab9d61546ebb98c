import type { AgentResources } from "./stats.js";

/**
 * The life of an agent (SPEC L7). `creating`: not yet logged into. `unhealthy`: runs, but takes no login.
 * `stopped`: ended as asked, or with code 0. `exited`: ended on its own with an error, killed, or out of memory.
 * `failed`: never came to life. `invalid`: carries our id but cannot be read.
 */
export const agentStates = [
  "creating",
  "running",
  "unhealthy",
  "paused",
  "stopped",
  "exited",
  "failed",
  "invalid",
] as const;

export type AgentState = (typeof agentStates)[number];

/** How to log in, with every path absolute: what `ssh <alias>` uses. */
export interface SshTarget {
  alias: string;
  hostName: string;
  port: number;
  user: string;
  identityFile: string;
  knownHostsFile: string;
  configFile: string;
}

/** Something that listens in an agent, and where it is reached. */
export interface AgentEndpoint {
  type: "tcp" | "udp" | "docker-internal";
  host: string;
  port: number;
  containerPort: number;
  url?: string;
}

/** Why and when an agent ended. */
export interface AgentExit {
  code: number;
  oomKilled: boolean;
  reason: string;
  /** ISO time; absent where only a list was read. */
  at?: string;
}

/**
 * One of an agent's sessions (SPEC A2). `waiting`: for the user. `done`: its command has ended, with `exitCode` where no signal ended it. `stopped`: it is
 * not there. `unknown`: nobody has asked, as in a list.
 */
export interface SessionView {
  name: string;
  state: "running" | "waiting" | "done" | "stopped" | "unknown";
  reason?: string;
  /** ISO time since when it is in this state, where tmux tells. */
  since?: string;
  exitCode?: number;
}

/** An agent as every door shows it (SPEC X3): plain JSON. */
export interface Agent {
  id: string;
  name: string;
  type: string;
  /** The endpoint of its engine, as `DOCKER_HOST` takes it. */
  engine: string;
  containerId: string;
  state: AgentState;
  /** A sentence for people; empty when there is nothing to say. */
  stateReason: string;
  createdAt: string;
  tags: Readonly<Record<string, string>>;
  parentId: string | null;
  /** The name of the folder that its workspace was copied from; absent where its labels tell none. */
  project?: string;
  image: string;
  workspaceFolder: string;
  /** Null where this machine holds no key for it. */
  ssh: SshTarget | null;
  endpoints: readonly AgentEndpoint[];
  sessions: readonly SessionView[];
  /** Of `get`, while it runs, where it was asked for or is being measured. */
  resources?: AgentResources;
  /** Absent on our own: another program made it, and its commands know more of it. */
  managedBy?: "mngr" | "openlattice";
  startedAt?: string;
  exit?: AgentExit;
  /** Of `fork`: names of the source's secrets that this machine does not have, and that the fork's command waits for. */
  missingSecrets?: readonly string[];
}
