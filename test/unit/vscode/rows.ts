import type { Agent } from "../../../src/model/agent.js";
import type { Picture } from "../../../src/app/core.js";
import type { EngineLink, EngineState } from "../../../src/store/state.js";
import type { AgentRow } from "../../../src/store/rows.js";

/** A running agent with a key; override what a test is about. */
export function anAgent(override: Partial<Agent> = {}): Agent {
  return {
    id: "agent-00000000000000000000000000000001",
    name: "fixer",
    type: "command",
    engine: "unix:///var/run/docker.sock",
    containerId: "c0ffee",
    state: "running",
    stateReason: "",
    createdAt: "2026-01-01T00:00:00.000Z",
    tags: {},
    parentId: null,
    image: "debian:bookworm-slim",
    workspaceFolder: "/app",
    ssh: {
      alias: "ac-fixer",
      hostName: "127.0.0.1",
      port: 40022,
      user: "agent",
      identityFile: "/home/u/.ssh/agent-containers/keys/k",
      knownHostsFile: "/home/u/.ssh/agent-containers/known_hosts",
      configFile: "/home/u/.ssh/agent-containers/config",
    },
    endpoints: [],
    sessions: [],
    ...override,
  };
}

export function aRow(agent: Partial<Agent> = {}, row: Partial<AgentRow> = {}): AgentRow {
  const made = anAgent(agent);
  return { key: made.id, agent: made, awaitingLogin: false, rights: [], ...row };
}

export function anEngine(
  link: EngineLink = { kind: "live" },
  name = "unix:///var/run/docker.sock",
): EngineState {
  return { name, link, health: null, entries: new Map() };
}

export function aPicture(
  agents: readonly AgentRow[],
  engines: readonly EngineState[] = [anEngine()],
): Picture {
  return { agents, engines, settings: new Map() };
}

export const refused: EngineLink = {
  kind: "down",
  problem: { code: "ENGINE_UNREACHABLE", message: "It refused.", remedy: "Start it." },
  retryAt: 0,
};
