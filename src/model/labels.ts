import * as z from "zod";
import type { AgentSpec } from "./spec.js";

/**
 * The labels that make a container an agent. The first six are those of the seeds (003); the rest is what must
 * survive this program: enough to reach the agent from another client, and nothing secret.
 */
export const labelKeys = {
  agentId: "com.imbue.mngr.agent-id",
  agentName: "com.imbue.mngr.agent-name",
  agentType: "com.imbue.mngr.agent-type",
  tags: "com.imbue.mngr.tags",
  parentId: "com.imbue.mngr.parent-id",
  createdAt: "com.imbue.mngr.created-at",
  schema: "agent-containers.schema",
  projectId: "agent-containers.project-id",
  alias: "agent-containers.ssh-alias",
  sshPort: "agent-containers.ssh-port",
  hostKey: "agent-containers.ssh-host-key",
  user: "agent-containers.user",
  workspaceFolder: "agent-containers.workspace-folder",
  appPort: "agent-containers.port",
  /** The image that was asked for: the container's own is the one prepared from it. */
  image: "agent-containers.image",
  spec: "agent-containers.spec",
} as const;

/** On what we make that is not an agent: networks, prepared images, their builders. */
export const roleLabel = "agent-containers.role";

/** The version of what we write into `agent-containers.schema`. */
export const schemaVersion = "1";

/** The labels of one agent, read. */
export interface AgentLabels {
  agentId: string;
  name: string;
  type: string;
  tags: Readonly<Record<string, string>>;
  parentId: string | null;
  createdAt: string;
  image?: string;
  projectId?: string;
  alias?: string;
  sshPort?: number;
  hostKey?: string;
  user: string;
  workspaceFolder: string;
  appPort?: number;
}

/** Renders the labels of a new agent. The spec goes in without what may hold what nobody should read. */
export function renderLabels(agent: AgentLabels, spec: AgentSpec): Record<string, string> {
  // Start arguments may set variables too.
  const unsafe = ["env", "startArgs", "labels"];
  const safe = Object.fromEntries(Object.entries(spec).filter(([key]) => !unsafe.includes(key)));
  const optional = (key: string, value: string | number | null | undefined) =>
    value === undefined || value === null ? {} : { [key]: String(value) };
  return {
    ...spec.labels,
    [labelKeys.agentId]: agent.agentId,
    [labelKeys.agentName]: agent.name,
    [labelKeys.agentType]: agent.type,
    [labelKeys.tags]: JSON.stringify(agent.tags),
    [labelKeys.parentId]: agent.parentId ?? "",
    [labelKeys.createdAt]: agent.createdAt,
    [labelKeys.schema]: schemaVersion,
    // The prepared image's own is inherited otherwise, and clean-up goes by it.
    [roleLabel]: "agent",
    [labelKeys.user]: agent.user,
    [labelKeys.workspaceFolder]: agent.workspaceFolder,
    [labelKeys.spec]: JSON.stringify(safe),
    ...optional(labelKeys.image, agent.image),
    ...optional(labelKeys.projectId, agent.projectId),
    ...optional(labelKeys.alias, agent.alias),
    ...optional(labelKeys.sshPort, agent.sshPort),
    ...optional(labelKeys.hostKey, agent.hostKey),
    ...optional(labelKeys.appPort, agent.appPort),
  };
}

const jsonRecord = z.record(z.string(), z.string());
const portNumber = z.coerce.number().int().min(1).max(65535);

function parseTags(text: string | undefined): Readonly<Record<string, string>> | undefined {
  if (!text) return {};
  try {
    const result = jsonRecord.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    // Not JSON: the caller reports the label by name.
    return undefined;
  }
}

/** Reads the labels of a container that carries our id. Never throws: a broken set gives the reason. */
export function parseLabels(
  labels: Readonly<Record<string, string>>,
): { ok: true; value: AgentLabels } | { ok: false; reason: string } {
  const agentId = labels[labelKeys.agentId];
  if (!agentId) return { ok: false, reason: `the label ${labelKeys.agentId} is empty` };
  const name = labels[labelKeys.agentName];
  if (!name) return { ok: false, reason: `the label ${labelKeys.agentName} is missing` };
  const tags = parseTags(labels[labelKeys.tags]);
  if (!tags) return { ok: false, reason: `the label ${labelKeys.tags} is not a JSON object of texts` };
  const port = (key: string) => {
    const result = portNumber.safeParse(labels[key]);
    return result.success ? result.data : undefined;
  };
  const parentId = labels[labelKeys.parentId];
  return {
    ok: true,
    value: {
      agentId,
      name,
      type: labels[labelKeys.agentType] ?? "command",
      tags,
      parentId: parentId === undefined || parentId === "" ? null : parentId,
      createdAt: labels[labelKeys.createdAt] ?? "",
      image: labels[labelKeys.image],
      projectId: labels[labelKeys.projectId],
      alias: labels[labelKeys.alias],
      sshPort: port(labelKeys.sshPort),
      hostKey: labels[labelKeys.hostKey],
      user: labels[labelKeys.user] ?? "root",
      workspaceFolder: labels[labelKeys.workspaceFolder] ?? "/app",
      appPort: port(labelKeys.appPort),
    },
  };
}
