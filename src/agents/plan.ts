import type { ContainerBody, PortBinding } from "../model/containerBody.js";
import { labelKeys, renderLabels, type AgentLabels } from "../model/labels.js";
import type { AgentSpec } from "../model/spec.js";

/** Everything that is decided before a container is made. */
export interface AgentPlan {
  labels: AgentLabels & { alias: string; sshPort: number; appPort: number; projectId: string };
  spec: AgentSpec;
  /** The prepared image's reference. */
  image: string;
  cpus: number;
  memoryBytes: number;
  network: string;
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
      RestartPolicy: { Name: plan.spec.restart },
      Mounts: [
        {
          Type: "volume",
          Source: volumeName(agentId),
          Target: "/mngr-state",
          VolumeOptions: { Labels: { [labelKeys.agentId]: agentId } },
        },
      ],
    },
  };
}
