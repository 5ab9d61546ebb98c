import type { ContainerBody, EndpointConfig } from "../containerBody.js";
import { startArgInvalid } from "./invalid.js";
import type { NetworkAttachment, NetworkRequest } from "./networkRequest.js";

const contradiction = (message: string) => startArgInvalid(message, "Remove one of them.");

/** Ones that the engine makes itself; the rest know aliases and links. */
const isUserDefined = (name: string) =>
  !["default", "bridge", "host", "none"].includes(name) && !name.startsWith("container:");

/** The flags for the first network, and its own field for the same: one of both. */
const both: [own: keyof NetworkAttachment, flag: keyof NetworkRequest["endpoint"], name: string][] = [
  ["aliases", "aliases", "--network-alias"],
  ["ip", "ip", "--ip"],
  ["ip6", "ip6", "--ip6"],
  ["mac", "mac", "--mac-address"],
  ["linkLocalIps", "linkLocalIps", "--link-local-ip"],
];
const isGiven = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** The first network, with what the flags say of it. Source: docker/cli, applyContainerOptions. */
function withFlags(
  network: NetworkAttachment,
  flags: NetworkRequest["endpoint"],
): NetworkAttachment & { links: string[] } {
  for (const [own, flag, name] of both) {
    if (isGiven(network[own]) && isGiven(flags[flag])) {
      throw contradiction(`${name} and the same field of --network contradict each other.`);
    }
  }
  return {
    ...network,
    aliases: [...network.aliases, ...flags.aliases],
    linkLocalIps: [...network.linkLocalIps, ...flags.linkLocalIps],
    ip: flags.ip ?? network.ip,
    ip6: flags.ip6 ?? network.ip6,
    mac: flags.mac ?? network.mac,
    // On the engine's own bridge a link is the container's, not the network's.
    links: isUserDefined(network.name) ? flags.links : [],
  };
}

/** Only what was asked for; empty when nothing was. Source: docker/cli, parseNetworkAttachmentOpt. */
function renderEndpoint(network: NetworkAttachment & { links?: string[] }): EndpointConfig {
  const { name, aliases, links = [], linkLocalIps, driverOpts, ip, ip6, mac, gatewayPriority } = network;
  if (!isUserDefined(name) && aliases.length > 0) {
    throw startArgInvalid(
      `--network-alias is not possible on the network ${name}.`,
      "Choose a network of your own with --network, or remove the alias.",
    );
  }
  return {
    ...(aliases.length > 0 && { Aliases: aliases }),
    ...(links.length > 0 && { Links: links }),
    ...(Object.keys(driverOpts).length > 0 && { DriverOpts: driverOpts }),
    ...(((ip ?? ip6) !== undefined || linkLocalIps.length > 0) && {
      IPAMConfig: {
        ...(ip && { IPv4Address: ip }),
        ...(ip6 && { IPv6Address: ip6 }),
        ...(linkLocalIps.length > 0 && { LinkLocalIPs: linkLocalIps }),
      },
    }),
    ...(mac && { MacAddress: mac }),
    ...(gatewayPriority && { GwPriority: gatewayPriority }),
  };
}

/** What two descriptions of one endpoint say together. */
function mergeEndpoints(base: EndpointConfig, over: EndpointConfig): EndpointConfig {
  const aliases = [...(base.Aliases ?? []), ...(over.Aliases ?? [])];
  return { ...base, ...over, ...(aliases.length > 0 && { Aliases: aliases }) };
}

/**
 * `body` on the networks of the flags; those of `body` stay when `--network` names none. Pure.
 * Throws `START_ARG_INVALID`. Source: docker/cli, parseNetworkOpts.
 */
export function applyNetwork(body: ContainerBody, request: NetworkRequest): ContainerBody {
  const { networks, endpoint } = request;
  const asked = networks.length > 0 || Object.values(endpoint).some(isGiven);
  if (!asked) return body;
  const own = body.HostConfig?.NetworkMode ?? "default";
  const none = { aliases: [], linkLocalIps: [], driverOpts: {} };
  const [first = { name: own, ...none }, ...others] = networks;
  const names = [first, ...others].map(({ name }) => name);
  if (new Set(names).size < names.length) throw contradiction("--network names a network twice.");
  if (names.some(isUserDefined) && !names.every(isUserDefined)) {
    throw contradiction("--network cannot join networks of your own and the engine's bridge together.");
  }
  const before = networks.length > 0 ? {} : (body.NetworkingConfig?.EndpointsConfig ?? {});
  const endpoints: Record<string, EndpointConfig> = { ...before };
  const main = mergeEndpoints(before[first.name] ?? {}, renderEndpoint(withFlags(first, endpoint)));
  // An endpoint that says nothing is left to the engine, as there; more than one must all be named.
  if (Object.keys(main).length > 0 || others.length > 0) endpoints[first.name] = main;
  for (const network of others) endpoints[network.name] = renderEndpoint(network);
  const links = [...(body.HostConfig?.Links ?? []), ...endpoint.links];
  return {
    ...body,
    HostConfig: {
      ...body.HostConfig,
      NetworkMode: first.name,
      ...(links.length > 0 && { Links: links }),
    },
    NetworkingConfig: { EndpointsConfig: endpoints },
  };
}
