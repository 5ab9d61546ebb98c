import type { ContainerFacts, ContainerStatus } from "../ports/engine.js";
import { fieldsOf, listOf, mapOf, numberOf, textOf, textsOf } from "./fields.js";
import { publishedFromList, publishedFromMap } from "./publishedPorts.js";
import { containerList, readAnswer, type ContainerDetails } from "./records.js";

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

/** The answer of `GET /containers/json`. Throws `ENGINE_FAILED` for what is no list. */
export function factsFromList(answer: unknown): ContainerFacts[] {
  return readAnswer(containerList, answer, "the list of containers").map(factsFromItem);
}

function factsFromItem(value: unknown): ContainerFacts {
  const item = fieldsOf(value);
  const status = readStatus(textOf(item.State));
  const names = listOf(item.Names).map(textOf);
  // Links of other containers add names like /other/alias.
  const name = names.find((given) => given.lastIndexOf("/") <= 0) ?? names[0] ?? "";
  const facts: ContainerFacts = {
    id: textOf(item.Id),
    name: name.replace(/^\//, ""),
    image: textOf(item.Image),
    status,
    createdAt: new Date(numberOf(item.Created) * 1000),
    labels: textsOf(item.Labels),
    ports: publishedFromList(item.Ports),
    networks: readNetworks(fieldsOf(item.NetworkSettings).Networks),
    mounts: listOf(item.Mounts).map(readMount),
  };
  // The only place where a list tells the exit code: "Exited (137) 2 hours ago", "Restarting (1) 3 seconds ago".
  const code = /^(?:Exited|Restarting) \((\d+)\)/.exec(textOf(item.Status))?.[1];
  const ended = status === "exited" || status === "restarting";
  if (ended && code !== undefined) facts.exit = { code: Number(code) };
  return facts;
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
    networks: readNetworks(details.NetworkSettings.Networks),
    mounts: [
      ...details.Mounts.map(readMount),
      // `--tmpfs` is no mount point for the engine, and is one for whoever looks inside.
      ...Object.keys(details.HostConfig.Tmpfs ?? {}).map((target) => ({ type: "tmpfs", source: "", target })),
    ],
  };
}

function readNetworks(networks: unknown): Record<string, string> {
  return mapOf(networks, (network) => textOf(fieldsOf(network).IPAddress));
}

function readMount(value: unknown): ContainerFacts["mounts"][number] {
  const { Type, Name, Source, Destination } = fieldsOf(value);
  const name = textOf(Name);
  const mount = { type: textOf(Type), source: textOf(Source), target: textOf(Destination) };
  return name ? { name, ...mount } : mount;
}
