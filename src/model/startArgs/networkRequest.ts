/** One network to join, as `--network` names it. */
export interface NetworkAttachment {
  name: string;
  aliases: string[];
  linkLocalIps: string[];
  driverOpts: Record<string, string>;
  ip?: string;
  ip6?: string;
  mac?: string;
  gatewayPriority?: number;
}

/** All that the flags say of networks; what it makes depends on the network the container has without them. */
export interface NetworkRequest {
  /** In order; the first is the container's `NetworkMode`. Empty: the one the container has. */
  networks: NetworkAttachment[];
  /** `--network-alias`, `--ip` and their like: of the first network. */
  endpoint: {
    aliases: string[];
    links: string[];
    linkLocalIps: string[];
    ip?: string;
    ip6?: string;
    mac?: string;
  };
}
