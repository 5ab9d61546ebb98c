import { posix } from "node:path";
import type { ContainerBody } from "./containerBody.js";
import { cut } from "./startArgs/cut.js";
import { isWithin, normalTarget } from "./mountTargets.js";

/** What reaches beyond the container to the engine or its host; only a spec that says so gets it (SPEC 13). */
export const hostRights = ["engine-socket", "privileged", "host-pid", "host-ipc", "host-userns"] as const;

export type HostRight = (typeof hostRights)[number];

const sockets = ["/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock"];

/** `/var/run` is a link to `/run` on every Linux that has an engine. */
const real = (path: string) => normalTarget(path).replace(/^\/var\/run(?=\/|$)/, "/run");

/** True for the socket of an engine, wherever it is, and for a folder that has one of the usual ones in it. */
function holdsSocket(source: string, engineSocket: string | undefined): boolean {
  if (!source.startsWith("/")) return false;
  const path = real(source);
  if (/^(docker|containerd|podman)\.sock$/.test(posix.basename(path))) return true;
  const known = engineSocket === undefined ? sockets : [...sockets, real(engineSocket)];
  return known.some((socket) => isWithin(socket, path));
}

/** The rights that a container would have. `engineSocket`: the path of a local engine's own socket. Pure. */
export function hostRightsOf({ HostConfig = {} }: ContainerBody, engineSocket?: string): HostRight[] {
  const sources = [
    ...(HostConfig.Mounts ?? []).flatMap(({ Type, Source }) => (Type === "bind" && Source ? [Source] : [])),
    ...(HostConfig.Binds ?? []).map((bind) => cut(bind, ":")[0]),
  ];
  const has: Record<HostRight, boolean> = {
    "engine-socket": sources.some((source) => holdsSocket(source, engineSocket)),
    privileged: HostConfig.Privileged === true,
    "host-pid": HostConfig.PidMode === "host",
    "host-ipc": HostConfig.IpcMode === "host",
    "host-userns": HostConfig.UsernsMode === "host",
  };
  return hostRights.filter((right) => has[right]);
}

/** A right as the end of "This agent …", in English, for logs. */
export function describeRight(right: HostRight): string {
  switch (right) {
    case "engine-socket":
      return "can use the Docker engine itself, and with it everything on the engine's host";
    case "privileged":
      return "is privileged: it can do nearly all that root of the engine's host can";
    case "host-pid":
      return "sees the processes of the engine's host, and can end them";
    case "host-ipc":
      return "shares the memory segments of the engine's host";
    case "host-userns":
      return "is in the user namespace of the engine's host";
  }
}

/** Reads the label; what another version wrote and we do not know is left out. */
export function parseRights(label: string | undefined): HostRight[] {
  const written = new Set(label?.split(",") ?? []);
  return hostRights.filter((right) => written.has(right));
}
