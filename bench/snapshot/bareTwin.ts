import { randomBytes } from "node:crypto";
import * as z from "zod";
import { idOf, type Setting } from "./setting.js";

const details = z.object({
  HostConfig: z.looseObject({
    PortBindings: z.record(z.string(), z.unknown()),
    Mounts: z.array(z.looseObject({ Source: z.string() })),
  }),
});

/** Above the ports that agents get. */
let nextPort = 32_100;

/**
 * Containers with an agent's settings (network, limits, as many ports, a volume) and its init, which heeds TERM, made by
 * bare calls: the floor for what makes containers of a snapshot.
 */
export async function bareTwin({ raw, agent }: Setting, image: string) {
  const { HostConfig } = details.parse(await raw.call("GET", `/containers/${agent.containerId}/json`));
  const ports = Object.keys(HostConfig.PortBindings);
  const volumes = new Set<string>();
  const bodyOf = (volume: string) => ({
    Image: image,
    ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
    HostConfig: {
      ...HostConfig,
      PortBindings: Object.fromEntries(
        ports.map((port) => [port, [{ HostIp: "127.0.0.1", HostPort: String((nextPort += 1)) }]]),
      ),
      Mounts: HostConfig.Mounts.map((mount) => ({ ...mount, Source: volume })),
    },
  });
  return {
    async create(): Promise<string> {
      const volume = `agent-containers-bench-${randomBytes(4).toString("hex")}`;
      volumes.add(volume);
      return idOf.parse(await raw.call("POST", "/containers/create", bodyOf(volume))).Id;
    },
    start: (id: string) => raw.call("POST", `/containers/${id}/start`),
    stop: (id: string) => raw.call("POST", `/containers/${id}/stop?t=10`),
    remove: (id: string) => raw.call("DELETE", `/containers/${id}?force=1&v=1`),
    async dispose(): Promise<void> {
      for (const volume of volumes) await raw.call("DELETE", `/volumes/${volume}`);
    },
  };
}
