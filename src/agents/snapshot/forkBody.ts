import type { ContainerBody, HostConfig, Mount, PortBinding } from "../../model/containerBody.js";
import { renderLabels } from "../../model/labels.js";
import { fromSnapshotLabel, snapshotLabel, type SnapshotRecord } from "../../model/snapshot.js";
import { secretsTmpfs, volumeName, type AgentPlan } from "../plan.js";

const sshPort = "22/tcp";

/** What was bound to a certain host port gets another: the source has that one. */
function forkBindings(
  source: Readonly<Record<string, PortBinding[]>>,
  oldAppPort: number | undefined,
  { sshPort: ssh, appPort }: AgentPlan["labels"],
): Record<string, PortBinding[]> {
  const loopback = (port: number) => [{ HostIp: "127.0.0.1", HostPort: String(port) }];
  const others = Object.entries(source)
    .filter(([key]) => key !== sshPort && key !== `${oldAppPort}/tcp`)
    .map(([key, bindings]) => [key, bindings.map(({ HostIp }) => ({ HostIp, HostPort: "" }))] as const);
  return { ...Object.fromEntries(others), [sshPort]: loopback(ssh), [`${appPort}/tcp`]: loopback(appPort) };
}

/** Volumes that are the source's alone are made anew for the fork: their names and labels hold its id. */
function forkMounts(mounts: readonly Mount[], oldId: string, newId: string): Mount[] {
  return mounts.map((mount) => {
    if (mount.Type !== "volume" || !mount.Source?.includes(oldId)) return mount;
    const own = mount.Target === "/mngr-state" ? volumeName(newId) : mount.Source.replaceAll(oldId, newId);
    const labels = Object.entries(mount.VolumeOptions?.Labels ?? {}).map(
      ([key, value]) => [key, value.replaceAll(oldId, newId)] as const,
    );
    return {
      ...mount,
      Source: own,
      VolumeOptions: { ...mount.VolumeOptions, Labels: Object.fromEntries(labels) },
    };
  });
}

/** The volumes beside the state volume that are made for the fork: where they are in it, and their names. */
export function ownVolumes(
  { agentId, hostConfig }: SnapshotRecord,
  newId: string,
): { targets: string[]; newVolumes: string[] } {
  const own = forkMounts(hostConfig.Mounts ?? [], agentId, newId).filter(
    ({ Type, Source, Target }) =>
      Type === "volume" && Source?.includes(newId) === true && Target !== "/mngr-state",
  );
  return {
    targets: own.map(({ Target }) => Target),
    newVolumes: own.map(({ Source }) => Source ?? ""),
  };
}

/**
 * The container of a fork (SPEC S3): what the source was made with, under another identity. The image brings command,
 * environment and user labels. Fixed addresses and host ports stay with the source. Pure.
 */
export function renderFork(
  record: SnapshotRecord,
  oldAppPort: number | undefined,
  plan: AgentPlan,
): ContainerBody {
  const { agentId, name, appPort, workspaceFolder } = plan.labels;
  const { hostConfig, endpoints } = record;
  const bindings = forkBindings(hostConfig.PortBindings ?? {}, oldAppPort, plan.labels);
  const host: HostConfig = {
    ...hostConfig,
    NetworkMode: plan.network,
    PortBindings: bindings,
    Mounts: forkMounts(hostConfig.Mounts ?? [], record.agentId, agentId),
    ...(plan.labels.secrets && { Tmpfs: { ...hostConfig.Tmpfs, ...secretsTmpfs } }),
  };
  const networks = Object.entries(endpoints).map(
    ([network, { Aliases, Links, DriverOpts }]) => [network, { Aliases, Links, DriverOpts }] as const,
  );
  return {
    ...record.config,
    Image: plan.image,
    // Some networks share the host's name, and take no other.
    ...(record.hostname !== undefined && { Hostname: name }),
    WorkingDir: workspaceFolder,
    Env: [`PORT=${appPort}`, ...Object.entries(plan.fileEnv ?? {}).map(([key, value]) => `${key}=${value}`)],
    Labels: {
      ...renderLabels(plan.labels, plan.spec),
      [snapshotLabel]: "",
      [fromSnapshotLabel]: record.id,
    },
    ExposedPorts: Object.fromEntries(Object.keys(bindings).map((key) => [key, {}])),
    HostConfig: host,
    ...(networks.length > 0 && { NetworkingConfig: { EndpointsConfig: Object.fromEntries(networks) } }),
  };
}
