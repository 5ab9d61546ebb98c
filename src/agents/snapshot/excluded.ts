import type { ContainerBody } from "../../model/containerBody.js";
import type { Excluded } from "../../model/snapshot.js";
import type { ContainerFacts, Engine } from "../../ports/engine.js";

const networkTypes = /^(nfs|nfs4|cifs|smb\w*|9p|ceph|glusterfs)$/;

/** Where the agent's own volume is: it is archived with the snapshot. */
const ownTarget = "/mngr-state";

/**
 * What a commit of the container does not hold, from its live mounts (SPEC S2): named once each, by where it is in the
 * agent. The agent's own volume is not among them. Source: Docker documentation, `docker commit`: "The commit
 * operation will not include any data contained in volumes mounted inside the container."
 */
export async function findExcluded(
  engine: Pick<Engine, "findVolume">,
  facts: ContainerFacts,
  body: ContainerBody,
  signal?: AbortSignal,
): Promise<Excluded[]> {
  const mounts = facts.mounts.filter(({ target }) => target !== ownTarget);
  const mounted = await Promise.all(
    mounts.map(async ({ type, name, target }): Promise<Excluded> => {
      if (type === "bind" || type === "tmpfs") return { kind: type, path: target };
      const volume = name === undefined ? undefined : await engine.findVolume(name, signal);
      const far =
        volume !== undefined &&
        (volume.driver !== "local" ||
          networkTypes.test(volume.options.type ?? "") ||
          volume.options.o?.includes("addr=") === true);
      return { kind: far ? "network" : "volume", path: target };
    }),
  );
  const tmpfs = Object.keys(body.HostConfig?.Tmpfs ?? {}).map((path): Excluded => ({ kind: "tmpfs", path }));
  const gpus = (body.HostConfig?.DeviceRequests ?? []).some(({ Capabilities }) =>
    (Capabilities ?? []).some((all) => all.includes("gpu")),
  );
  const all = [...mounted, ...tmpfs, ...(gpus ? [{ kind: "gpu", path: "GPU state" } as const] : [])];
  const unique = new Map(all.map((one) => [`${one.kind} ${one.path}`, one]));
  return [...unique.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
