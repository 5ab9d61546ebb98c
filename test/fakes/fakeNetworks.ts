import { AgentError } from "../../src/model/errors.js";
import type { Engine } from "../../src/ports/engine.js";
import { findContainer } from "./fakeContainers.js";
import type { FakeState } from "./fakeState.js";
import { hasLabel, newId, pass } from "./fakeState.js";

type Networks = Pick<
  Engine,
  | "findNetwork"
  | "listNetworks"
  | "createNetwork"
  | "listNetworkContainers"
  | "connectNetwork"
  | "removeNetwork"
  | "listVolumes"
  | "volumeSizes"
  | "findVolume"
  | "removeVolume"
>;

/** First and last address of an IPv4 subnet, as numbers. */
function range(subnet: string): [number, number] {
  const [address = "", bits = "32"] = subnet.split("/");
  const value = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(value / size) * size;
  return [first, first + size - 1];
}

function overlap(a: string, b: string): boolean {
  const [firstA, lastA] = range(a);
  const [firstB, lastB] = range(b);
  return firstA <= lastB && firstB <= lastA;
}

export function createFakeNetworks(state: FakeState): Networks {
  let nextPool = 17;
  const members = (id: string) => {
    const network = state.networks.get(id);
    return [...state.containers.values()].filter(
      ({ networks }) => network && (network.name in networks || network.id in networks),
    );
  };

  return {
    async findNetwork(name, signal) {
      await pass(state, "findNetwork", [name], signal);
      return [...state.networks.values()].find((network) => network.name === name);
    },
    async listNetworks(signal) {
      await pass(state, "listNetworks", [], signal);
      return [...state.networks.values()];
    },
    async createNetwork(config, labels, signal) {
      await pass(state, "createNetwork", [config, labels], signal);
      const {
        name,
        subnet = `172.${nextPool++}.0.0/16`,
        gateway = subnet.replace(/\d+\/\d+$/, "1"),
      } = config;
      for (const other of state.networks.values()) {
        const taken = other.name === name ? "already exists" : undefined;
        const overlapping =
          other.subnet && overlap(other.subnet, subnet) ? `overlaps with ${other.name}` : undefined;
        const why = taken ?? overlapping;
        if (why) throw new AgentError("NETWORK_CONFLICT", `The network ${name} is in conflict: it ${why}.`);
      }
      const id = newId();
      state.networks.set(id, { id, name, createdAt: new Date(), subnet, gateway, driver: "bridge", labels });
      return id;
    },
    async listNetworkContainers(networkId, signal) {
      await pass(state, "listNetworkContainers", [networkId], signal);
      if (!state.networks.has(networkId))
        throw new AgentError("NOT_FOUND", `There is no network ${networkId}.`);
      return members(networkId).map(({ id }) => id);
    },
    async connectNetwork(name, containerId, endpoint, signal) {
      await pass(state, "connectNetwork", [name, containerId, endpoint], signal);
      const container = findContainer(state, containerId);
      container.networks[name] = "";
      // Like 20.10: whether there is such a network shows at the start.
      delete container.networkIds[name];
      const before = container.body.NetworkingConfig?.EndpointsConfig;
      container.body.NetworkingConfig = { EndpointsConfig: { ...before, [name]: endpoint } };
    },
    async removeNetwork(id, signal) {
      await pass(state, "removeNetwork", [id], signal);
      if (members(id).some(({ status }) => status === "running" || status === "paused")) {
        throw new AgentError("NETWORK_CONFLICT", "The network has active endpoints.");
      }
      state.networks.delete(id);
    },
    async listVolumes(label, signal) {
      await pass(state, "listVolumes", [label], signal);
      return [...state.volumes]
        .filter(([, labels]) => hasLabel(labels, label))
        .map(([name, labels]) => ({ name, labels, driver: "local", options: {} }));
    },
    async findVolume(name, signal) {
      await pass(state, "findVolume", [name], signal);
      const labels = state.volumes.get(name);
      return labels && { name, labels, driver: "local", options: {} };
    },
    async volumeSizes(signal) {
      await pass(state, "volumeSizes", [], signal);
      // Nothing is ever put into them here.
      return new Map([...state.volumes.keys()].map((name) => [name, 0]));
    },
    async removeVolume(name, signal) {
      await pass(state, "removeVolume", [name], signal);
      const used = [...state.containers.values()].some(({ body }) =>
        body.HostConfig?.Mounts?.some(({ Source }) => Source === name),
      );
      if (used) throw new AgentError("ENGINE_FAILED", `The volume ${name} is in use.`);
      state.volumes.delete(name);
      state.volumeFiles.delete(name);
    },
  };
}
