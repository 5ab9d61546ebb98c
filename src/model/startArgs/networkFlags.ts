import { parseAddress, parseExtraHost, parseMac, parseSearchDomain } from "./addresses.js";
import { parseCsv } from "./csv.js";
import { cut } from "./cut.js";
import { flag, need, textFlag, type Flag } from "./flag.js";
import { takes } from "./invalid.js";
import type { NetworkAttachment } from "./networkRequest.js";
import { parseDecimal } from "./numbers.js";
import { setOwn } from "./setOwn.js";

const fields = "name, alias, ip, ip6, mac-address, link-local-ip, driver-opt, gw-priority";

/** An empty address is none. */
const orNone = (text: string) => (text === "" ? undefined : text);

/**
 * A network by name, or by fields. The fields are read in lower case, names of networks too, as there.
 * Source: docker/cli, opts.NetworkOpt.
 */
function parseNetwork(text: string): NetworkAttachment {
  const network: NetworkAttachment = { name: text, aliases: [], linkLocalIps: [], driverOpts: {} };
  if (/\w=\w/.test(text)) {
    network.name = "";
    for (const field of parseCsv(text)) setField(network, field.toLowerCase());
  }
  if (network.name.trim() === "") return takes("the name of a network");
  if (["host", "none"].includes(network.name) || network.name.startsWith("container:")) {
    return takes("a network of containers: on host, none or container:… the SSH port could not be published");
  }
  return network;
}

function setField(network: NetworkAttachment, field: string): void {
  const [rawKey, rawValue] = cut(field, "=");
  if (rawKey === "" || rawValue === undefined) return takes(`the fields ${fields}, each with its value`);
  const value = rawValue.trim();
  switch (rawKey.trim()) {
    case "name":
      network.name = value;
      break;
    case "alias":
      network.aliases.push(value);
      break;
    case "ip":
      network.ip = orNone(value);
      break;
    case "ip6":
      network.ip6 = orNone(value);
      break;
    case "mac-address":
      network.mac = value === "" ? undefined : parseMac(value);
      break;
    case "link-local-ip":
      network.linkLocalIps.push(value);
      break;
    case "driver-opt": {
      const [key, option] = cut(value, "=");
      if (key === "" || option === undefined) return takes("driver-opt fields like driver-opt=key=value");
      setOwn(network.driverOpts, key.trim(), option.trim());
      break;
    }
    case "gw-priority":
      network.gatewayPriority = parseDecimal(value, "a whole number as gw-priority");
      break;
    default:
      return takes(`the fields ${fields}`);
  }
}

/** `container[:alias]`. Source: docker/cli, opts.ParseLink. */
function parseLink(text: string): string {
  return text === "" || text.split(":").length > 2 ? takes("container[:alias]") : text;
}

const list = (name: string, key: "aliases" | "links" | "linkLocalIps", parse = (text: string) => text) =>
  flag(name, parse, (draft, value) => draft.endpoint[key].push(value));
const dnsOption = (name: string) =>
  textFlag(name, (draft, option) => (draft.host.DnsOptions ??= []).push(option));
const network = (name: string): Flag => ({
  name,
  set: (draft, text) => {
    const attachment = parseNetwork(text);
    if (attachment.mac) need(draft, name, 44);
    if (draft.networks.push(attachment) > 1) need(draft, name, 44);
  },
});

/** Networks and names. `net`, `net-alias` and `dns-opt` are the CLI's hidden old names. */
export const networkFlags: readonly Flag[] = [
  network("network"),
  network("net"),
  list("network-alias", "aliases"),
  list("net-alias", "aliases"),
  list("link", "links", parseLink),
  list("link-local-ip", "linkLocalIps"),
  textFlag("ip", (draft, address) => (draft.endpoint.ip = orNone(address))),
  textFlag("ip6", (draft, address) => (draft.endpoint.ip6 = orNone(address))),
  flag(
    "mac-address",
    (text) => (text === "" ? undefined : parseMac(text)),
    (draft, address) => {
      draft.endpoint.mac = address;
      if (address) need(draft, "mac-address", 44);
    },
  ),
  flag("add-host", parseExtraHost, (draft, host) => (draft.host.ExtraHosts ??= []).push(host)),
  flag("dns", parseAddress, (draft, address) => (draft.host.Dns ??= []).push(address)),
  flag("dns-search", parseSearchDomain, (draft, domain) => (draft.host.DnsSearch ??= []).push(domain)),
  dnsOption("dns-option"),
  dnsOption("dns-opt"),
];
