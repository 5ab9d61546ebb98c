import type { PortBinding } from "../containerBody.js";
import { isAddress } from "./addresses.js";
import { cut } from "./cut.js";
import { flag, switchFlag, type Flag } from "./flag.js";
import { takes } from "./invalid.js";

const publishRule = "[[host-ip:]host-port:]container-port[/protocol], ports or ranges of the same length";

/** `8000` or `8000-8010`; what follows a second dash is ignored, as there. Source: go-connections, ParsePortRange. */
function parseRange(text: string, what: string): [first: number, last: number] {
  const numbers = text
    .split("-")
    .slice(0, 2)
    .map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
  const [first = NaN, last = first] = numbers;
  return first <= last && last <= 65_535 ? [first, last] : takes(what);
}

/** `80/udp` → its protocol and the rest; what follows a second slash is ignored, as there. */
function splitProtocol(text: string): [port: string, protocol: string] {
  const [port = "", protocol = ""] = text.split("/");
  return [port, port === "" || protocol === "" ? "tcp" : protocol];
}

/** `published=8080,target=80,protocol=tcp` as the short form; other fields are ignored, as there. */
function toShortForm(text: string): string {
  if (!text.includes("=")) return text;
  const fields = new Map([["protocol", "tcp"]]);
  for (const field of text.split(",")) {
    const [key, value] = cut(field, "=");
    if (key === "" || value === undefined) return takes("fields like published=8080,target=80");
    fields.set(key, value);
  }
  return `${fields.get("published") ?? ""}:${fields.get("target") ?? ""}/${fields.get("protocol") ?? ""}`;
}

/** The bindings of one `--publish`, by container port. Source: go-connections, nat.ParsePortSpec. */
function parsePublish(text: string): [port: string, binding: PortBinding][] {
  const parts = toShortForm(text).split(":");
  const [ports, protocol] = splitProtocol(parts.pop() ?? "");
  const host = parts.pop() ?? "";
  const address = parts.join(":");
  const HostIp = /^\[([^[\]]*)\]$/.exec(address)?.[1] ?? address;
  if (HostIp !== "" && !isAddress(HostIp)) return takes(`${publishRule}; the host is an IP address`);
  const [first, last] = parseRange(ports, publishRule);
  const [hostFirst, hostLast] = host === "" ? [0, 0] : parseRange(host, publishRule);
  // A range on the host for one port of the container: the engine takes the first that is free.
  if (host !== "" && first !== last && last - first !== hostLast - hostFirst) return takes(publishRule);
  const transport = protocol.toLowerCase();
  if (!["tcp", "udp", "sctp"].includes(transport)) return takes("the protocol tcp, udp or sctp");
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const single = String(hostFirst + index);
    const free = first === last && hostFirst !== hostLast ? `${single}-${hostLast}` : single;
    return [`${first + index}/${transport}`, { HostIp, HostPort: host === "" ? "" : free }];
  });
}

/** The ports of one `--expose`; its protocol is taken as it is written, as there. */
function parseExpose(text: string): string[] {
  const what = "a port or a range of ports, with an optional protocol: 8000-8010/tcp";
  if (text.includes(":")) return takes(what);
  const [ports, protocol] = splitProtocol(text);
  const [first, last] = parseRange(ports, what);
  return Array.from({ length: last - first + 1 }, (_, index) => `${first + index}/${protocol}`);
}

/** Ports. */
export const portFlags: readonly Flag[] = [
  flag(
    "publish",
    parsePublish,
    (draft, bindings) => {
      for (const [port, binding] of bindings) {
        (draft.config.ExposedPorts ??= {})[port] = {};
        ((draft.host.PortBindings ??= {})[port] ??= []).push(binding);
      }
    },
    { short: "p" },
  ),
  switchFlag("publish-all", (draft, on) => (draft.host.PublishAllPorts = on), { short: "P" }),
  flag("expose", parseExpose, (draft, ports) => {
    for (const port of ports) (draft.config.ExposedPorts ??= {})[port] = {};
  }),
];
