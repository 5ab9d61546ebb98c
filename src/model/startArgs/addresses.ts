import { isIPv4, isIPv6 } from "node:net";
import { takes } from "./invalid.js";

/** True for an address without a zone. Source: Go, net.ParseIP. */
export function isAddress(text: string): boolean {
  return isIPv4(text) || (isIPv6(text) && !text.includes("%"));
}

/** An address in its shortest form. Source: docker/cli, opts.ValidateIPAddress. */
export function parseAddress(text: string): string {
  const address = text.trim();
  if (!isAddress(address)) return takes("an IP address");
  if (isIPv4(address)) return address;
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  // Go writes an IPv4 address that was mapped into IPv6 as what it is.
  const [, high, low] = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(short) ?? [];
  if (high === undefined || low === undefined) return short;
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join(".");
}

/** Of 6, 8 or 20 bytes, with colons, dashes or dots; given back as it is. Source: Go, net.ParseMAC. */
export function parseMac(text: string): string {
  const mac = text.trim();
  const bytes = /^[0-9a-f]{2}(?:([:-])[0-9a-f]{2})(?:\1[0-9a-f]{2})*$/i.test(mac) ? (mac.length + 1) / 3 : 0;
  const pairs = /^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i.test(mac) ? ((mac.length + 1) / 5) * 2 : 0;
  return [6, 8, 20].includes(bytes || pairs) ? text : takes("a MAC address like 92:d0:c6:0a:29:33");
}

const label = "[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?";
const domain = new RegExp(`^(${label}(?:\\.${label})*)\\.?\\s*$`);

/** A domain to search in, or `.` for none. Source: docker/cli, opts.ValidateDNSSearch. */
export function parseSearchDomain(text: string): string {
  const name = text.replace(/^ +| +$/g, "");
  if (name === ".") return name;
  const found = /[a-zA-Z]/.test(name) ? domain.exec(name)?.[1] : undefined;
  return found !== undefined && found.length < 255 ? found : takes("a domain name, or a dot for none");
}

/** `host:address` or `host=address` → `host:address`. Source: docker/cli, opts.ValidateExtraHost. */
export function parseExtraHost(text: string): string {
  const [, host = "", address = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? /^([^:]*):(.*)$/s.exec(text) ?? [];
  const bare = /^\[(.+)\]$/s.exec(address)?.[1] ?? address;
  if (host === "" || host.includes(":")) return takes("host:address");
  if (address === "host-gateway") return `${host}:${address}`;
  return isAddress(bare.trim())
    ? `${host}:${bare}`
    : takes("host:address, with an IP address or host-gateway");
}
