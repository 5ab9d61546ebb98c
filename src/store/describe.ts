import type { Agent, AgentEndpoint, SessionView, SshTarget } from "../model/agent.js";
import type { Endpoint } from "../model/endpoint.js";
import { agentNameOf } from "../model/currentAgents.js";
import { explainExit } from "../model/exit.js";
import { foreignIdentity } from "../model/foreign.js";
import { labelKeys, parseLabels, type AgentLabels } from "../model/labels.js";
import { routeTo } from "../model/route.js";
import type { ContainerFacts } from "../ports/engine.js";
import type { Entry } from "./state.js";

/** What describing an agent needs beside its container. */
export interface Surroundings {
  /** The engine's endpoint as text, and as it was parsed. */
  engine: string;
  endpoint: Endpoint;
  /** The paths of this machine's SSH files for an agent. */
  sshFilesOf: (agentId: string) => Pick<SshTarget, "identityFile" | "knownHostsFile" | "configFile">;
}

const sshPort = 22;

function stateOf(entry: Entry): Pick<Agent, "state" | "stateReason" | "exit"> {
  const { facts } = entry;
  switch (facts.status) {
    case "restarting": {
      const { exit } = explainExit(facts.exit ?? { code: 0 }, "self");
      return { state: "unhealthy", stateReason: `Docker starts it again. ${exit.reason}`, exit };
    }
    case "running":
      return entry.login.kind === "failed"
        ? { state: "unhealthy", stateReason: entry.login.problem.message }
        : { state: "running", stateReason: "" };
    case "paused":
      return { state: "paused", stateReason: "Paused." };
    case "created":
      return { state: "failed", stateReason: facts.exit?.error ?? "Never started." };
    case "exited":
    case "dead":
    case "removing": {
      const { state, exit } = explainExit(facts.exit ?? { code: 0 }, entry.ending);
      return { state, stateReason: exit.reason, exit };
    }
  }
}

/** Other containers see an agent by its name, but not on Docker's own default bridge, which resolves no names. */
function internalEndpoints(facts: ContainerFacts): AgentEndpoint[] {
  if (!Object.keys(facts.networks).some((name) => name !== "bridge")) return [];
  const ports = new Map(
    facts.ports.filter((port) => port.containerPort !== sshPort).map((port) => [port.containerPort, port]),
  );
  return [...ports.values()].map(({ containerPort, protocol }) => ({
    type: "docker-internal",
    host: facts.name,
    port: containerPort,
    containerPort,
    ...(protocol === "tcp" && { url: `http://${facts.name}:${containerPort}` }),
  }));
}

/** Where an agent is reached: from here first, then from other containers (SPEC C7). */
function endpointsOf(facts: ContainerFacts, endpoint: Endpoint): AgentEndpoint[] {
  const { hostName: host, proxyJump } = routeTo(endpoint);
  // On the loopback of another machine: from here only through a tunnel, such as an editor's own.
  if (proxyJump !== undefined) return internalEndpoints(facts);
  const published = facts.ports
    .filter((port) => port.containerPort !== sshPort)
    .map(({ protocol, hostPort, containerPort }): AgentEndpoint => ({
      type: protocol === "udp" ? "udp" : "tcp",
      host,
      port: hostPort,
      containerPort,
      ...(protocol === "tcp" && { url: `http://${host}:${hostPort}` }),
    }));
  return [...published, ...internalEndpoints(facts)];
}

function sshOf(labels: AgentLabels, facts: ContainerFacts, around: Surroundings): SshTarget | null {
  const port = facts.ports.find(({ containerPort }) => containerPort === sshPort)?.hostPort ?? labels.sshPort;
  if (!labels.alias || port === undefined) return null;
  return {
    alias: labels.alias,
    hostName: routeTo(around.endpoint).hostName,
    port,
    user: labels.user,
    ...around.sshFilesOf(labels.agentId),
  };
}

/** What a list tells of sessions: those of an agent that runs have to be asked for (`agents/sessions`). */
function knownSessions({ sessions = [] }: AgentLabels, { status }: ContainerFacts): SessionView[] {
  const up = status === "running" || status === "paused" || status === "restarting";
  return sessions.map((name) => ({ name, state: up ? "unknown" : "stopped" }));
}

/** What a container tells without a look at its labels. */
function fromContainer(entry: Entry, around: Surroundings): Agent {
  const name = agentNameOf(entry.facts);
  const facts = name === entry.facts.name ? entry.facts : { ...entry.facts, name };
  const { state, stateReason, exit } = stateOf(entry);
  const agent: Agent = {
    id: facts.labels[labelKeys.agentId] ?? facts.id,
    // Labels are fixed at create; a rename, ours or Docker's, changes the container's name alone.
    name,
    type: "",
    engine: around.engine,
    containerId: facts.id,
    state,
    stateReason,
    createdAt: facts.createdAt.toISOString(),
    tags: {},
    parentId: null,
    image: facts.image,
    workspaceFolder: "",
    ssh: null,
    endpoints: endpointsOf(facts, around.endpoint),
    sessions: [],
  };
  if (exit) agent.exit = exit;
  if (facts.startedAt) agent.startedAt = facts.startedAt.toISOString();
  return agent;
}

/**
 * An agent as every door shows it, from its container and what this machine knows. Pure; never throws. Field by field:
 * to spread what is known so far into a new object takes ten times as long as the rest, which a list of hundreds shows.
 */
export function describeAgent(entry: Entry, around: Surroundings): Agent {
  const { facts } = entry;
  const agent = fromContainer(entry, around);
  const foreign = foreignIdentity(facts.labels);
  if (foreign) {
    agent.id = foreign.id ?? facts.id;
    agent.name = foreign.name ?? facts.name;
    agent.type = agent.managedBy = foreign.managedBy;
    return agent;
  }
  const labels = parseLabels(facts.labels);
  if (!labels.ok) {
    agent.state = "invalid";
    agent.stateReason = `Its labels cannot be read: ${labels.reason}.`;
    agent.exit = undefined;
    return agent;
  }
  const { value } = labels;
  agent.id = value.agentId;
  agent.type = value.type;
  agent.tags = value.tags;
  agent.parentId = value.parentId;
  agent.image = value.image ?? facts.image;
  agent.workspaceFolder = value.workspaceFolder;
  agent.sessions = knownSessions(value, facts);
  if (value.projectId) agent.project = value.projectId;
  if (value.createdAt) agent.createdAt = value.createdAt;
  if (entry.hasKey) agent.ssh = sshOf(value, facts, around);
  return agent;
}
