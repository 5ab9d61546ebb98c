import { AgentError } from "../model/errors.js";
import type { Engine, Ping } from "../ports/engine.js";
import type { Client } from "./client.js";
import { engineInfo, engineVersion, readAnswer } from "./records.js";

/** Engine 20.10. */
const oldestApi = "1.41";

/** True when API version `a` is `b` or later. Versions are `major.minor`. */
export function isApiAtLeast(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number);
  const [majorB = 0, minorB = 0] = b.split(".").map(Number);
  return majorA === majorB ? minorA >= minorB : majorA > majorB;
}

/** Whether the engine is there, and what it can do. See the port. */
export function createPing(client: Client): Pick<Engine, "ping" | "capabilities"> {
  const { engine, timeouts } = client;

  /** The headers of a ping tell both versions; an engine that hides its own is asked for it. */
  async function ping(signal?: AbortSignal): Promise<Ping & { podman: boolean }> {
    const call = { operation: "other", subject: "ping", signal, deadlineMs: timeouts.connectMs } as const;
    const begun = performance.now();
    const headers = await client.run(call, async (docker, seen) => {
      await docker.ping();
      return seen.headers;
    });
    const latencyMs = performance.now() - begun;
    const podman = headers["libpod-api-version"] !== undefined;
    let apiVersion = String(headers["api-version"] ?? "");
    let version = /^Docker\/(\S+)/.exec(String(headers.server ?? ""))?.[1];
    if (!version || !apiVersion) {
      const answer = await client.run(call, (docker): Promise<unknown> => docker.version());
      const asked = readAnswer(engineVersion, answer, "its version");
      version = asked.Version;
      apiVersion = asked.ApiVersion;
    }
    if (!isApiAtLeast(apiVersion, oldestApi)) {
      const found = `Engine ${version || "of unknown version"} (API ${apiVersion || "unknown"})`;
      throw new AgentError("UNSUPPORTED", `The Docker engine at ${engine} is too old: ${found}.`, {
        remedy: `Update Docker to Engine 20.10 (API ${oldestApi}) or later.`,
      });
    }
    return { latencyMs, version, apiVersion, podman };
  }

  return {
    async ping(signal) {
      const { latencyMs, version, apiVersion } = await ping(signal);
      return { latencyMs, version, apiVersion };
    },

    async capabilities(signal) {
      const [{ apiVersion, podman }, answer] = await Promise.all([
        ping(signal),
        client.run({ operation: "other", subject: "info", signal }, (docker): Promise<unknown> =>
          docker.info(),
        ),
      ]);
      const info = readAnswer(engineInfo, answer, "itself");
      const cdi = info.DiscoveredDevices.some(({ ID }) => ID.startsWith("nvidia.com/gpu"));
      return {
        architecture: info.Architecture,
        operatingSystem: info.OperatingSystem,
        cpus: info.NCPU,
        memoryBytes: info.MemTotal,
        cgroupVersion: info.CgroupVersion,
        gpu: "nvidia" in info.Runtimes || cdi,
        // Every Docker engine since 18.09 builds with it, but for Windows containers.
        buildKit: info.OSType === "linux" && !podman,
        volumeSubpath: isApiAtLeast(apiVersion, "1.45"),
      };
    },
  };
}
