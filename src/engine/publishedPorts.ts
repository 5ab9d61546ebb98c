import type { PublishedPort } from "../ports/engine.js";
import { fieldsOf, listOf, numberOf, textOf } from "./fields.js";
import type { ContainerDetails } from "./records.js";

/** The ports of a list item. A port that is only exposed has no public one, and is left out. Pure. */
export function publishedFromList(ports: unknown): PublishedPort[] {
  const published: PublishedPort[] = [];
  for (const { IP, PrivatePort, PublicPort, Type } of listOf(ports).map(fieldsOf)) {
    if (typeof PublicPort !== "number") continue;
    published.push({
      containerPort: numberOf(PrivatePort),
      protocol: readProtocol(textOf(Type)),
      hostIp: textOf(IP),
      hostPort: PublicPort,
    });
  }
  return tidy(published);
}

/** The port map of an inspect: `22/tcp` → bindings, null (read as none) for one that is only exposed. Pure. */
export function publishedFromMap(ports: ContainerDetails["NetworkSettings"]["Ports"]): PublishedPort[] {
  return tidy(
    Object.entries(ports).flatMap(([key, bindings]) => {
      const [port, protocol] = key.split("/");
      return bindings.map(({ HostIp, HostPort }) => ({
        containerPort: Number(port),
        protocol: readProtocol(protocol ?? ""),
        hostIp: HostIp,
        hostPort: Number(HostPort),
      }));
    }),
  );
}

function readProtocol(word: string): PublishedPort["protocol"] {
  return word === "udp" || word === "sctp" ? word : "tcp";
}

/**
 * A port published on every address is bound twice, on 0.0.0.0 and on ::, and where the engine chose, with two
 * different ports: the IPv4 one is kept. In a stable order, so that a list and an inspect give the same.
 */
function tidy(ports: PublishedPort[]): PublishedPort[] {
  const isV6 = ({ hostIp }: PublishedPort) => hostIp.includes(":");
  const sameContainerPort = (a: PublishedPort, b: PublishedPort) =>
    a.containerPort === b.containerPort && a.protocol === b.protocol;
  return ports
    .filter((port) => !isV6(port) || !ports.some((other) => !isV6(other) && sameContainerPort(port, other)))
    .sort(
      (a, b) =>
        a.containerPort - b.containerPort ||
        a.protocol.localeCompare(b.protocol) ||
        a.hostIp.localeCompare(b.hostIp) ||
        a.hostPort - b.hostPort,
    );
}
