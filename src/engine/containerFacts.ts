import type { ContainerFacts, ContainerStatus } from "../ports/engine.js";
import { publishedFromList, publishedFromMap } from "./publishedPorts.js";
import type { ContainerDetails, ContainerItem } from "./records.js";

const statuses: readonly ContainerStatus[] = [
  "created",
  "running",
  "paused",
  "restarting",
  "removing",
  "exited",
  "dead",
];

/** Podman's own words beside Docker's. What nobody knows is taken for dead: listed, and not counted as running. */
const foreign: Readonly<Record<string, ContainerStatus>> = {
  configured: "created",
  initialized: "created",
  stopping: "running",
  stopped: "exited",
};

function readStatus(word: string): ContainerStatus {
  return statuses.find((status) => status === word) ?? foreign[word] ?? "dead";
}

/** One item of `GET /containers/json`. Pure. */
export function factsFromItem(item: ContainerItem): ContainerFacts {
  const status = readStatus(item.State);
  // The only place where a list tells the exit code: "Exited (137) 2 hours ago", "Restarting (1) 3 seconds ago".
  const code = /^(?:Exited|Restarting) \((\d+)\)/.exec(item.Status)?.[1];
  const ended = status === "exited" || status === "restarting";
  // Links of other containers add names like /other/alias.
  const name = item.Names.find((given) => given.lastIndexOf("/") <= 0) ?? item.Names[0] ?? "";
  return {
    id: item.Id,
    name: name.replace(/^\//, ""),
    image: item.Image,
    status,
    createdAt: new Date(item.Created * 1000),
    labels: item.Labels,
    ports: publishedFromList(item.Ports),
    ...(ended && code !== undefined && { exit: { code: Number(code) } }),
    networks: readNetworks(item.NetworkSettings),
    mounts: item.Mounts.map(readMount),
  };
}

/** The answer of `GET /containers/{id}/json`. Pure. */
export function factsFromDetails(details: ContainerDetails): ContainerFacts {
  const { State, Config } = details;
  const status = readStatus(State.Status);
  return {
    id: details.Id,
    name: details.Name.replace(/^\//, ""),
    image: Config.Image,
    status,
    createdAt: details.Created ?? new Date(0),
    labels: Config.Labels,
    ports: publishedFromMap(details.NetworkSettings.Ports),
    ...((status === "exited" || status === "dead" || status === "restarting") && {
      exit: {
        code: State.ExitCode,
        oomKilled: State.OOMKilled,
        ...(State.Error && { error: State.Error }),
        ...(State.FinishedAt && { at: State.FinishedAt }),
      },
    }),
    ...(State.StartedAt && { startedAt: State.StartedAt }),
    networks: readNetworks(details.NetworkSettings),
    mounts: [
      ...details.Mounts.map(readMount),
      // `--tmpfs` is no mount point for the engine, and is one for whoever looks inside.
      ...Object.keys(details.HostConfig.Tmpfs ?? {}).map((target) => ({ type: "tmpfs", source: "", target })),
    ],
  };
}

function readNetworks(settings: ContainerItem["NetworkSettings"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings.Networks).map(([name, { IPAddress }]) => [name, IPAddress]),
  );
}

function readMount({ Type, Name, Source, Destination }: ContainerItem["Mounts"][number]) {
  return { type: Type, ...(Name && { name: Name }), source: Source, target: Destination };
}
