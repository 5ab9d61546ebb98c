import { AgentError } from "../../src/model/errors.js";
import type { ContainerBody } from "../../src/model/containerBody.js";
import type { ContainerFacts, Engine, LogChunk, PublishedPort } from "../../src/ports/engine.js";
import type { FakeContainer, FakeState } from "./fakeState.js";
import { emit, hasLabel, newId, pass, until } from "./fakeState.js";

/** What a container does when it is started: what it writes, and the code with which it ends at once, if it does. */
export type StartHandler = (body: ContainerBody) => { logs?: LogChunk[]; exitCode?: number };

type Containers = Pick<
  Engine,
  | "listContainers"
  | "inspectContainer"
  | "containerBody"
  | "writtenBytes"
  | "createContainer"
  | "startContainer"
  | "stopContainer"
  | "restartContainer"
  | "pauseContainer"
  | "unpauseContainer"
  | "whileFrozen"
  | "renameContainer"
  | "removeContainer"
  | "waitContainer"
>;

export function findContainer(state: FakeState, id: string): FakeContainer {
  const container = state.containers.get(id);
  if (!container)
    throw new AgentError("NOT_FOUND", `There is no container ${id.slice(0, 12) || "without an id"}.`);
  return container;
}

export function endContainer(
  state: FakeState,
  container: FakeContainer,
  code: number,
  oomKilled = false,
): void {
  if (container.status !== "running" && container.status !== "paused") return;
  if (oomKilled) emit(state, container, "oom");
  container.status = "exited";
  container.exit = { code, oomKilled, at: new Date() };
  container.ports = [];
  for (const name of Object.keys(container.networks)) container.networks[name] = "";
  emit(state, container, "die", { exitCode: code });
}

export function createFakeContainers(
  state: FakeState,
  onStart: StartHandler,
  takenPorts: Set<number>,
): Containers {
  let nextPort = 32_768;

  function publish(container: FakeContainer): PublishedPort[] {
    const used = new Set(takenPorts);
    for (const other of state.containers.values()) for (const { hostPort } of other.ports) used.add(hostPort);
    return Object.entries(container.body.HostConfig?.PortBindings ?? {}).flatMap(([key, bindings]) =>
      bindings.map(({ HostIp, HostPort }) => {
        const [port, protocol] = key.split("/");
        const hostPort = Number(HostPort) || nextPort++;
        if (used.has(hostPort)) {
          throw new AgentError("PORT_CONFLICT", `A port is already in use: ${HostIp}:${hostPort}.`);
        }
        const known = protocol === "udp" || protocol === "sctp" ? protocol : "tcp";
        return { containerPort: Number(port), protocol: known, hostIp: HostIp || "0.0.0.0", hostPort };
      }),
    );
  }

  /** Like the engine: by its id where the container has been there, else by its name. */
  function findNetworks({ networks, networkIds }: FakeContainer): Record<string, string> {
    const own = Object.keys(networks).filter((name) => !["bridge", "host", "none"].includes(name));
    return Object.fromEntries(
      own.map((name) => {
        const wanted = networkIds[name] ?? name;
        const network = [...state.networks.values()].find(({ id, name: other }) =>
          [id, other].includes(wanted),
        );
        if (network) return [name, network.id];
        throw new AgentError(
          "NETWORK_CONFLICT",
          `The container's network is gone: network ${wanted} not found.`,
        );
      }),
    );
  }

  function start(container: FakeContainer): void {
    if (container.status === "running") return;
    const networkIds = findNetworks(container);
    const ports = publish(container);
    container.networkIds = networkIds;
    const { logs = [], exitCode } = onStart(container.body);
    container.ports = ports;
    container.status = "running";
    container.startedAt = new Date();
    delete container.exit;
    let host = 2;
    for (const name of Object.keys(container.networks)) container.networks[name] = `172.29.0.${host++}`;
    container.logs.push(...logs.map((chunk) => ({ chunk, at: new Date() })));
    emit(state, container, "start");
    if (exitCode !== undefined) endContainer(state, container, exitCode);
  }

  function stop(container: FakeContainer): void {
    if (container.status !== "running" && container.status !== "paused") return;
    emit(state, container, "kill", { signal: 15 });
    endContainer(state, container, 143);
    emit(state, container, "stop");
  }

  return {
    async listContainers(label, signal) {
      await pass(state, "listContainers", [label], signal);
      return [...state.containers.values()]
        .filter(({ body }) => hasLabel(body.Labels, label))
        .map((container) => {
          // What a list of the engine leaves out.
          const { exit, ...facts } = { ...factsOf(container), startedAt: undefined };
          return { ...facts, ...(exit && { exit: { code: exit.code } }) };
        });
    },
    async inspectContainer(id, signal) {
      await pass(state, "inspectContainer", [id], signal);
      return factsOf(findContainer(state, id));
    },
    async containerBody(id, signal) {
      await pass(state, "containerBody", [id], signal);
      const { body } = findContainer(state, id);
      const image = findImage(state, body.Image);
      const Env = [...(body.Env ?? []), ...(image?.env ?? [])];
      return structuredClone({ ...body, Image: image?.id ?? body.Image, Env: [...new Set(Env)] });
    },
    async writtenBytes(id, signal) {
      await pass(state, "writtenBytes", [id], signal);
      return [...findContainer(state, id).files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    },
    async createContainer(name, body, signal) {
      await pass(state, "createContainer", [name, body], signal);
      const container = makeContainer(state, name, structuredClone(body));
      state.containers.set(container.id, container);
      emit(state, container, "create");
      return { id: container.id, warnings: [] };
    },
    async startContainer(id, signal) {
      await pass(state, "startContainer", [id], signal);
      const container = findContainer(state, id);
      if (container.status === "paused") throw new AgentError("START_FAILED", "The container is paused.");
      start(container);
    },
    async stopContainer(id, graceSeconds, signal) {
      await pass(state, "stopContainer", [id, graceSeconds], signal);
      stop(findContainer(state, id));
    },
    async restartContainer(id, graceSeconds, signal) {
      await pass(state, "restartContainer", [id, graceSeconds], signal);
      const container = findContainer(state, id);
      stop(container);
      start(container);
      emit(state, container, "restart");
    },
    async pauseContainer(id, signal) {
      await pass(state, "pauseContainer", [id], signal);
      const container = findContainer(state, id);
      if (container.status === "paused") return;
      if (container.status !== "running")
        throw new AgentError("NOT_RUNNING", "The container is not running.");
      container.status = "paused";
      emit(state, container, "pause");
    },
    async unpauseContainer(id, signal) {
      await pass(state, "unpauseContainer", [id], signal);
      const container = findContainer(state, id);
      if (container.status === "running") return;
      if (container.status !== "paused") throw new AgentError("NOT_RUNNING", "The container is not running.");
      container.status = "running";
      emit(state, container, "unpause");
    },
    async whileFrozen(id, work, signal) {
      await pass(state, "whileFrozen", [id], signal);
      const container = findContainer(state, id);
      if (container.status === "paused") return work();
      if (container.status !== "running")
        throw new AgentError("NOT_RUNNING", "The container is not running.");
      container.status = "paused";
      emit(state, container, "pause");
      try {
        return await work();
      } finally {
        if (state.containers.get(id)?.status === "paused") {
          container.status = "running";
          emit(state, container, "unpause");
        }
      }
    },
    async renameContainer(id, name, signal) {
      await pass(state, "renameContainer", [id, name], signal);
      const container = findContainer(state, id);
      if (container.name === name) return;
      if ([...state.containers.values()].some((other) => other.name === name)) {
        throw new AgentError("NAME_CONFLICT", `The name "${name}" is already taken by another container.`);
      }
      container.name = name;
      emit(state, container, "rename");
    },
    async removeContainer(id, signal) {
      if (!id) findContainer(state, id);
      await pass(state, "removeContainer", [id], signal);
      const container = state.containers.get(id);
      if (!container) return;
      if (container.status === "running") emit(state, container, "kill", { signal: 9 });
      endContainer(state, container, 137);
      state.containers.delete(id);
      emit(state, container, "destroy");
    },
    async waitContainer(id, signal) {
      await pass(state, "waitContainer", [id], signal);
      const container = findContainer(state, id);
      await until(state, () => container.status !== "running" && container.status !== "paused", signal);
      return container.exit?.code ?? 0;
    },
  };
}

function findImage({ images }: FakeState, reference: string) {
  return [...images.values()].find(({ id, tags }) => id === reference || tags.includes(reference));
}

function makeContainer(state: FakeState, name: string, body: ContainerBody): FakeContainer {
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name)) {
    throw new AgentError("SPEC_INVALID", `The engine refuses a value: invalid container name (${name}).`);
  }
  if ([...state.containers.values()].some((other) => other.name === name)) {
    throw new AgentError("NAME_CONFLICT", `The name "${name}" is already taken by another container.`);
  }
  const image = findImage(state, body.Image);
  if (!image) throw new AgentError("IMAGE_NOT_FOUND", `The image ${body.Image} is not on this engine.`);
  for (const mount of body.HostConfig?.Mounts ?? []) {
    if (mount.Type !== "volume") continue;
    const volume = mount.Source ?? newId();
    // Like the engine: a volume that exists keeps its labels.
    if (!state.volumes.has(volume)) state.volumes.set(volume, mount.VolumeOptions?.Labels ?? {});
  }
  const network = body.HostConfig?.NetworkMode ?? "bridge";
  return {
    id: newId(),
    name,
    body: { ...body, Labels: { ...image.labels, ...body.Labels } },
    status: "created",
    createdAt: new Date(),
    ports: [],
    networks: { [network === "default" ? "bridge" : network]: "" },
    networkIds: {},
    logs: [],
    samples: [],
    files: new Map(),
    directories: new Map(
      ["/", "/etc", "/home", "/root", "/run", "/tmp", "/usr", "/var"].map((path) => [path, new Date()]),
    ),
  };
}

function factsOf(container: FakeContainer): ContainerFacts {
  const { id, name, body, status, createdAt, startedAt, exit, ports, networks } = container;
  return {
    id,
    name,
    image: body.Image,
    status,
    createdAt,
    labels: { ...body.Labels },
    ports: [...ports],
    ...(exit && { exit }),
    ...(startedAt && { startedAt }),
    networks: { ...networks },
    mounts: (body.HostConfig?.Mounts ?? []).map(({ Type, Source, Target }) => ({
      type: Type,
      ...(Type === "volume" && Source !== undefined && { name: Source }),
      source: Type === "volume" ? "" : (Source ?? ""),
      target: Target,
    })),
  };
}
