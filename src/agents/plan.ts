import type { ContainerBody, DeviceRequest, Mount, PortBinding } from "../model/containerBody.js";
import { labelKeys, renderLabels, type AgentLabels } from "../model/labels.js";
import type { AgentSpec } from "../model/spec.js";
import { secretsFolder } from "../secrets/secretFiles.js";
import { tailscaleHostConfig } from "./tailscale.js";

/** Everything that is decided before a container is made. */
export interface AgentPlan {
  labels: AgentLabels & { alias: string; sshPort: number; appPort: number; projectId: string };
  spec: AgentSpec;
  /** The prepared image's reference. */
  image: string;
  cpus: number;
  memoryBytes: number;
  network: string;
  /** Beside the state volume: the workspace, its dependencies, and what the spec asks for. */
  mounts: readonly Mount[];
  /** The variables of the spec's env files; absent where there are none. */
  fileEnv?: Readonly<Record<string, string>>;
}

/** The volume that holds what must outlive the container, and what no snapshot may hold. */
export function volumeName(agentId: string): string {
  return `agent-containers-${agentId}`;
}

/** The environment of the agent: ours first, so that the user's wins (SPEC C6). */
function agentEnvironment(plan: AgentPlan): Record<string, string> {
  return {
    PORT: String(plan.labels.appPort),
    PROJECT_ID: plan.labels.projectId,
    DEBUG_HOST: "true",
    ...plan.fileEnv,
    ...plan.spec.env,
  };
}

const loopback = (hostPort: number): PortBinding => ({ HostIp: "127.0.0.1", HostPort: String(hostPort) });

/** A host port that is not given is chosen by the engine. */
function portBindings(plan: AgentPlan): Record<string, PortBinding[]> {
  const bindings: Record<string, PortBinding[]> = {
    "22/tcp": [loopback(plan.labels.sshPort)],
    [`${plan.labels.appPort}/tcp`]: [loopback(plan.labels.appPort)],
  };
  for (const { port, hostPort, hostIp, protocol } of plan.spec.ports) {
    const key = `${port}/${protocol}`;
    (bindings[key] ??= []).push({ HostIp: hostIp, HostPort: hostPort === undefined ? "" : String(hostPort) });
  }
  return bindings;
}

/** GPUs as the engine asks a driver for them; a count of -1 is all (SPEC C5). */
function gpuRequest(gpu: NonNullable<AgentSpec["gpu"]>): DeviceRequest {
  const request = { Driver: "nvidia", Capabilities: [["gpu"]] };
  if (gpu === true) return { ...request, Count: -1 };
  return "count" in gpu ? { ...request, Count: gpu.count } : { ...request, DeviceIDs: gpu.deviceIds };
}

/** Where secrets are. Room for all, and no more: what is in a tmpfs counts as the agent's memory. */
export const secretsTmpfs = { [secretsFolder]: "size=32m,mode=0755" };

function holdsSecrets({ secrets, tailscale }: AgentSpec): boolean {
  const authKey = typeof tailscale === "object" ? tailscale.authKey : undefined;
  return Object.keys(secrets).length > 0 || authKey !== undefined;
}

/**
 * The container of an agent (SPEC C5, L6, H2). Pure.
 * The prepared image brings the entrypoint (our init); ports are bound to loopback; `no-new-privileges` stays off,
 * because the agent's user has sudo.
 */
export function renderContainer(plan: AgentPlan): ContainerBody {
  const { agentId, name, workspaceFolder } = plan.labels;
  const bindings = portBindings(plan);
  return {
    Image: plan.image,
    Hostname: name,
    WorkingDir: workspaceFolder,
    // What our init heeds, whatever the base image says.
    StopSignal: "SIGTERM",
    ...(plan.spec.command && { Cmd: plan.spec.command }),
    Env: Object.entries(agentEnvironment(plan)).map(([key, value]) => `${key}=${value}`),
    Labels: renderLabels(plan.labels, plan.spec),
    ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])),
    HostConfig: {
      NanoCpus: Math.round(plan.cpus * 1e9),
      Memory: plan.memoryBytes,
      NetworkMode: plan.network,
      PortBindings: bindings,
      ...tailscaleHostConfig(plan.spec),
      ...(holdsSecrets(plan.spec) && { Tmpfs: secretsTmpfs }),
      ...(plan.spec.gpu && { DeviceRequests: [gpuRequest(plan.spec.gpu)] }),
      RestartPolicy: { Name: plan.spec.restart },
      Mounts: [
        {
          Type: "volume",
          Source: volumeName(agentId),
          Target: "/mngr-state",
          VolumeOptions: { Labels: { [labelKeys.agentId]: agentId } },
        },
        ...plan.mounts,
      ],
    },
  };
}
