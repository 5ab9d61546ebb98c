import { networkNamePattern, type NetworkConfig } from "./network.js";
import type { AgentSpec } from "./spec.js";
import { isSubnet } from "./subnets.js";

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
  /** `uid:gid`, where the user took those of a mounted folder. */
  userIds: "agent-containers.user-ids",
  workspaceFolder: "agent-containers.workspace-folder",
  appPort: "agent-containers.port",
  /** The image that was asked for: the container's own is the one prepared from it. */
  image: "agent-containers.image",
  /** Names alone, as a JSON list, so that every client knows what has to be delivered. */
  secrets: "agent-containers.secrets",
  /** Names alone, as a JSON list. */
  sessions: "agent-containers.sessions",
  spec: "agent-containers.spec",
  /** What reaches beyond the container (`model/hostRights`), with commas. */
  hostRights: "agent-containers.host-rights",
  snapshots: "agent-containers.snapshots",
  /** The network that was made for agents and that it joined, as it was asked for: JSON. */
  network: "agent-containers.network",
} as const;

/** On what we make that is not an agent: networks, prepared images, their builders. */
export const roleLabel = "agent-containers.role";

/** What other programs put on their own containers, which we show but did not make (research/mngr 1.2, openlattice 1.1). */
export const foreignLabelKeys = {
  mngrHostId: "com.imbue.mngr.host-id",
  mngrHostName: "com.imbue.mngr.host-name",
  mngrProvider: "com.imbue.mngr.provider",
  /** `state-container` on the one that keeps mngr's records. */
  mngrType: "com.imbue.mngr.type",
  openlattice: "openlattice.managed",
  openlatticeNodeId: "openlattice.node-id",
} as const;

/** Labels by which a container would be listed; an image that carries one hands it on to every container. */
export const identityLabels: readonly string[] = [
  labelKeys.agentId,
  foreignLabelKeys.mngrHostId,
  foreignLabelKeys.mngrType,
  foreignLabelKeys.openlattice,
];

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
  /** The user's ids where they are not those of the prepared image. */
  userIds?: { uid: number; gid: number };
  workspaceFolder: string;
  appPort?: number;
  /** Names of the secrets that the agent waits for at each start; absent where there are none. */
  secrets?: readonly string[];
  /** Names of the sessions that start with it; absent where there are none. */
  sessions?: readonly string[];
  /** A snapshot that would leave something out is refused. */
  lossless?: boolean;
  /** Its network, where that is one of those that we make: it may be made again. */
  network?: NetworkConfig;
}

/** Renders the labels of a new agent. The spec goes in without what may hold what nobody should read. */
export function renderLabels(agent: AgentLabels, spec: AgentSpec): Record<string, string> {
  // Start arguments may set variables too, and a volume's driver may take a password.
  const unsafe = ["env", "secrets", "startArgs", "labels", "mounts"];
  const { dockerfile, tailscale, sessions, ...rest } = spec;
  const safe: Record<string, unknown> = {
    ...Object.fromEntries(Object.entries(rest).filter(([key]) => !unsafe.includes(key))),
    // Build arguments may hold a token.
    ...(dockerfile && { dockerfile: { ...dockerfile, args: [] } }),
  };
  if (sessions.length > 0) safe.sessions = sessions.map(({ name, command, cwd }) => ({ name, command, cwd }));
  // All of it but where the auth key comes from, which may be the key itself.
  if (tailscale)
    safe.tailscale = tailscale === true || { hostname: tailscale.hostname, args: tailscale.args };
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
    // For the same reason; the launch knows better.
    [labelKeys.hostRights]: "",
    // A fork on another network must not inherit that of its image.
    [labelKeys.network]: agent.network ? JSON.stringify(agent.network) : "",
    [labelKeys.user]: agent.user,
    [labelKeys.workspaceFolder]: agent.workspaceFolder,
    [labelKeys.spec]: JSON.stringify(safe),
    ...optional(labelKeys.image, agent.image),
    ...optional(labelKeys.projectId, agent.projectId),
    ...optional(labelKeys.alias, agent.alias),
    ...optional(labelKeys.sshPort, agent.sshPort),
    ...optional(labelKeys.hostKey, agent.hostKey),
    ...optional(labelKeys.appPort, agent.appPort),
    ...optional(labelKeys.userIds, agent.userIds && `${agent.userIds.uid}:${agent.userIds.gid}`),
    ...optional(labelKeys.secrets, agent.secrets && JSON.stringify(agent.secrets)),
    ...optional(labelKeys.sessions, agent.sessions && JSON.stringify(agent.sessions)),
    ...(spec.snapshots === "lossless" && { [labelKeys.snapshots]: "lossless" }),
  };
}

/** By hand and not by a schema: a list reads these of hundreds. Undefined for what is not JSON, too. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON, so not ours: the caller goes on without, or reports the label by name.
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";

function isTexts(value: unknown): value is Record<string, string> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every(isText)
  );
}

function parseTags(text: string | undefined): Readonly<Record<string, string>> | undefined {
  if (!text) return {};
  const tags = parseJson(text);
  return isTexts(tags) ? tags : undefined;
}

function parseNames(text: string | undefined): readonly string[] | undefined {
  if (!text) return undefined;
  const names = parseJson(text);
  return Array.isArray(names) && names.length > 0 && names.every(isText) ? names : undefined;
}

function parsePort(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? "") ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function parseNetwork(text: string | undefined): NetworkConfig | undefined {
  const fields = text ? parseJson(text) : undefined;
  if (!isTexts(fields)) return undefined;
  const { name, subnet, gateway } = fields;
  if (name === undefined || !networkNamePattern.test(name)) return undefined;
  if (subnet !== undefined && !isSubnet(subnet)) return undefined;
  if (gateway !== undefined && !isSubnet(`${gateway}/32`)) return undefined;
  return { name, ...(subnet !== undefined && { subnet }), ...(gateway !== undefined && { gateway }) };
}

function parseIds(text: string | undefined): { uid: number; gid: number } | undefined {
  const [, uid, gid] = /^(\d{1,9}):(\d{1,9})$/.exec(text ?? "") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Ids are names of files and of folders; whatever else a label says must not become a path. */
const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
export const isAgentId = (text: string): boolean => idPattern.test(text);

/** No dash in front: these stand on the command line of `ssh`. */
const aliasPattern = /^[a-z0-9][a-z0-9.-]{0,252}$/;
const userPattern = /^[a-z_][a-z0-9_-]{0,31}$/;
// eslint-disable-next-line no-control-regex -- they are what it refuses
const hostKeyPattern = /^ssh-ed25519 [A-Za-z0-9+/=]+( [^\u0000-\u001f\u007f]*)?$/;
// eslint-disable-next-line no-control-regex -- they are what it refuses
const folderPattern = /^\/[^\u0000-\u001f\u007f]{0,4095}$/;

/** Reads the labels of a container that carries our id. Never throws: a broken set gives the reason. */
export function parseLabels(
  labels: Readonly<Record<string, string>>,
): { ok: true; value: AgentLabels } | { ok: false; reason: string } {
  const agentId = labels[labelKeys.agentId];
  if (!agentId) return { ok: false, reason: `the label ${labelKeys.agentId} is empty` };
  if (!idPattern.test(agentId)) return { ok: false, reason: `the label ${labelKeys.agentId} is no id` };
  const name = labels[labelKeys.agentName];
  if (!name) return { ok: false, reason: `the label ${labelKeys.agentName} is missing` };
  const tags = parseTags(labels[labelKeys.tags]);
  if (!tags) return { ok: false, reason: `the label ${labelKeys.tags} is not a JSON object of texts` };
  /** Anybody can write a label: what does not look like what we write is taken for absent. */
  const plain = (key: string, pattern: RegExp) => {
    const value = labels[key];
    return value !== undefined && pattern.test(value) ? value : undefined;
  };
  const user = plain(labelKeys.user, userPattern);
  if (labels[labelKeys.user] !== undefined && user === undefined)
    return { ok: false, reason: `the label ${labelKeys.user} is no user name` };
  const workspaceFolder = plain(labelKeys.workspaceFolder, folderPattern);
  if (labels[labelKeys.workspaceFolder] !== undefined && workspaceFolder === undefined)
    return { ok: false, reason: `the label ${labelKeys.workspaceFolder} is no absolute path` };
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
      alias: plain(labelKeys.alias, aliasPattern),
      sshPort: parsePort(labels[labelKeys.sshPort]),
      hostKey: plain(labelKeys.hostKey, hostKeyPattern),
      user: user ?? "root",
      workspaceFolder: workspaceFolder ?? "/app",
      appPort: parsePort(labels[labelKeys.appPort]),
      userIds: parseIds(labels[labelKeys.userIds]),
      secrets: parseNames(labels[labelKeys.secrets]),
      sessions: parseNames(labels[labelKeys.sessions]),
      network: parseNetwork(labels[labelKeys.network]),
      ...(labels[labelKeys.snapshots] === "lossless" && { lossless: true }),
    },
  };
}
