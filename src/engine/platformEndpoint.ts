import { join } from "node:path";
import type { Endpoint } from "../model/endpoint.js";

/**
 * Where Docker listens when nothing says otherwise: the named pipe on Windows, else the first socket that exists of
 * the system's, a rootless engine's, and those of Docker Desktop, Colima, OrbStack and Rancher Desktop. The system's
 * own place when there is none, so that the error names it.
 */
export async function findPlatformEndpoint(surroundings: {
  env: Readonly<Record<string, string | undefined>>;
  homeDir: string;
  platform: NodeJS.Platform;
  exists: (path: string) => Promise<boolean>;
}): Promise<Endpoint> {
  const { env, homeDir, platform, exists } = surroundings;
  if (platform === "win32") return { kind: "npipe", path: String.raw`\\.\pipe\docker_engine` };
  const system = "/var/run/docker.sock";
  const runtimeDir = env.XDG_RUNTIME_DIR?.trim();
  const places = [
    system,
    ...(runtimeDir ? [join(runtimeDir, "docker.sock")] : []),
    ...[
      ".docker/run/docker.sock",
      ".docker/desktop/docker.sock",
      ".colima/default/docker.sock",
      ".orbstack/run/docker.sock",
      ".rd/docker.sock",
    ].map((place) => join(homeDir, place)),
  ];
  for (const path of places) {
    if (await exists(path)) return { kind: "unix", path };
  }
  return { kind: "unix", path: system };
}
