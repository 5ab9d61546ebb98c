/** A bridge network that agents join (SPEC C7). */
export interface NetworkConfig {
  name: string;
  /** CIDR, like `172.28.0.0/16`. Absent: the engine chooses. */
  subnet?: string;
  gateway?: string;
}

/** What the engine takes as the name of a network. */
export const networkNamePattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** The default of the story this product began from. */
export const defaultNetwork: NetworkConfig = {
  name: "debug-host-network",
  subnet: "172.28.0.0/16",
  gateway: "172.28.0.1",
};

/** True when an existing network can serve where `wanted` is asked for: what is not asked for may differ. */
export function sameNetwork(wanted: NetworkConfig, existing: NetworkConfig): boolean {
  return (
    (wanted.subnet === undefined || wanted.subnet === existing.subnet) &&
    (wanted.gateway === undefined || wanted.gateway === existing.gateway)
  );
}

/** One line for a message: `172.28.0.0/16, gateway 172.28.0.1`. */
export function renderNetwork(network: NetworkConfig): string {
  const subnet = network.subnet ?? "no subnet";
  return network.gateway ? `${subnet}, gateway ${network.gateway}` : subnet;
}
