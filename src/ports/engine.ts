import type { Duplex, Readable, Writable } from "node:stream";
import type { ContainerBody, EndpointConfig } from "../model/containerBody.js";
import type { EngineCapabilities } from "../model/health.js";
import type { NetworkConfig } from "../model/network.js";
import type { BuildRequest } from "./build.js";
import type { StatsSample } from "../model/stats.js";

/**
 * One Docker Engine, in our verbs and our types. Every call settles: at the engine's answer, at its deadline
 * (`ENGINE_TIMEOUT`; 30 s for one operation, streams by inactivity), when the connection drops
 * (`ENGINE_UNREACHABLE`), or when its signal is aborted (the signal's reason). Container ids are full ids from the
 * engine; an empty one is refused with `NOT_FOUND` before anything is sent.
 *
 * Errors common to all: `ENGINE_NOT_FOUND`, `ENGINE_UNREACHABLE`, `ENGINE_PERMISSION`, `ENGINE_TIMEOUT`,
 * `ENGINE_TLS`, `NO_SPACE`, `ENGINE_FAILED` (any other answer, with the engine's own words); over `ssh://` also
 * `HOST_KEY_CHANGED`, `HOST_KEY_UNKNOWN` and `SSH_AUTH`.
 */
export interface Engine {
  /** The endpoint as `DOCKER_HOST` takes it; the identity of the engine in our state. */
  readonly name: string;

  /** One round trip. */
  ping(signal?: AbortSignal): Promise<Ping>;
  capabilities(signal?: AbortSignal): Promise<EngineCapabilities>;

  /** All states, filtered by `label` (`key` or `key=value`), in one request. */
  listContainers(label: string, signal?: AbortSignal): Promise<ContainerFacts[]>;
  /** `NOT_FOUND` when there is none. */
  inspectContainer(id: string, signal?: AbortSignal): Promise<ContainerFacts>;
  /** The request that would make the same container again, as far as `ContainerBody` goes. `NOT_FOUND`. */
  containerBody(id: string, signal?: AbortSignal): Promise<ContainerBody>;
  /** Bytes that the container has written over its image; the engine walks all of them. `NOT_FOUND`. */
  writtenBytes(id: string, signal?: AbortSignal): Promise<number>;
  /**
   * `NAME_CONFLICT` when the name is taken, `IMAGE_NOT_FOUND` when the image is not present (nothing is pulled),
   * `MOUNT_INVALID`, `SPEC_INVALID` where the engine refuses a value. With a `platform`, `linux/arm64`, the image has
   * to be there for it.
   */
  createContainer(
    name: string,
    body: ContainerBody,
    signal?: AbortSignal,
    platform?: string,
  ): Promise<{ id: string; warnings: string[] }>;
  /**
   * Already running is success. `PORT_CONFLICT`, `NO_GPU`, `NETWORK_CONFLICT` when its network is gone or there twice,
   * `START_FAILED` (with the engine's words), `NOT_FOUND`.
   */
  startContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** TERM, `graceSeconds`, then KILL. Already stopped is success. The deadline is the grace plus 30 s. */
  stopContainer(id: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  restartContainer(id: string, graceSeconds: number, signal?: AbortSignal): Promise<void>;
  /** Freezes every process. Already paused is success; `NOT_RUNNING` when it is stopped. */
  pauseContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Already running is success; `NOT_RUNNING` when it is stopped. */
  unpauseContainer(id: string, signal?: AbortSignal): Promise<void>;
  /**
   * Runs `work` while every process of the container is frozen, and lets it go on whatever becomes of `work`; one that
   * was paused before stays so. Commands that this client wants to start there wait meanwhile. `NOT_RUNNING`,
   * `NOT_FOUND`; `ENGINE_TIMEOUT` where the engine does not thaw it.
   */
  whileFrozen<T>(id: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** `NAME_CONFLICT` when another container has the name; its own is success. */
  renameContainer(id: string, name: string, signal?: AbortSignal): Promise<void>;
  /** Kills, and removes the container and its anonymous volumes. Already gone, or going, is success. */
  removeContainer(id: string, signal?: AbortSignal): Promise<void>;
  /** Settles with the exit code when the container has stopped. No deadline: bounded by `signal` alone. */
  waitContainer(id: string, signal?: AbortSignal): Promise<number>;

  /** Unpacks a tar archive at `path`, which must exist; works before the first start. */
  putArchive(id: string, path: string, tar: Readable | Uint8Array, signal?: AbortSignal): Promise<void>;
  /** When a file or folder was changed, by its own account. `NOT_FOUND`. */
  modifiedAt(id: string, path: string, signal?: AbortSignal): Promise<Date>;
  /** A tar archive of `path`. `NOT_FOUND`. */
  getArchive(id: string, path: string, signal?: AbortSignal): Promise<Readable>;
  /**
   * Runs a command and settles when it has ended; what it writes goes to `stdout` and `stderr` as it comes, with
   * back-pressure; neither is ended, and an error of one ends the command and rejects. `NOT_RUNNING`, `EXEC_FAILED`
   * when the command could not be started. No deadline. Aborting kills the process and what it started, and rejects
   * when they are gone (at most 5 s). A child left in the background that keeps the output open is waited for.
   */
  exec(id: string, request: ExecRequest, signal?: AbortSignal): Promise<{ exitCode: number }>;
  /** What the container wrote. Ends when the container stops, or at once without `follow`. */
  logs(id: string, request: LogRequest, signal?: AbortSignal): AsyncIterable<LogChunk>;
  /**
   * What a container uses, once a second; the first sample comes after one to two seconds, because CPU time takes two
   * readings. Ends without a sample when it does not run, and within a second when it has stopped; a paused one goes
   * on. `NOT_FOUND`. `ENGINE_TIMEOUT` after 30 s without a sample.
   */
  stats(id: string, signal?: AbortSignal): AsyncIterable<StatsSample>;

  /**
   * A connection to a TCP port of the loopback of the engine's own host, where agents' ports are published; the port
   * need not be reachable from here. Rejects when nothing listens there.
   */
  connectToHost(port: number, signal?: AbortSignal): Promise<Duplex>;

  /** `IMAGE_NOT_FOUND` when it is not present, `SPEC_INVALID` for what is no reference. */
  inspectImage(reference: string, signal?: AbortSignal): Promise<ImageFacts>;
  /** Images that carry `label`; all of them without one. */
  listImages(label?: string, signal?: AbortSignal): Promise<ImageSummary[]>;
  /**
   * `IMAGE_NOT_FOUND`, `REGISTRY_UNREACHABLE`, `REGISTRY_AUTH`, `SPEC_INVALID` for what is no reference; an error inside
   * the progress stream counts. `ENGINE_TIMEOUT` after 120 s without progress. `platform` as `linux/arm64`; the
   * engine's own when absent.
   */
  pullImage(
    reference: string,
    onProgress: (progress: PullProgress) => void,
    signal?: AbortSignal,
    platform?: string,
  ): Promise<void>;
  /**
   * Builds an image and gives its id; each line of the build's log goes to `onOutput` as it comes. `BUILD_FAILED`, with
   * the step that failed, the end of the log in `log` and the whole in `wholeLog`; for a base image what `pullImage`
   * may fail with; the error of `context` itself. A step may be silent for as long as it takes: after each minute of
   * silence the engine is asked whether it is there, and only an engine that is gone ends the build. Aborting stops it
   * on the engine and leaves no image; what its steps made stays in the cache of BuildKit.
   */
  buildImage(request: BuildRequest, onOutput: (line: string) => void, signal?: AbortSignal): Promise<string>;
  /** Gives the id of the new image. No deadline: a commit reports no progress; bounded by `signal` alone. */
  commitContainer(id: string, request: CommitRequest, signal?: AbortSignal): Promise<string>;
  /** Gives an image one more name. `IMAGE_NOT_FOUND`. */
  tagImage(reference: string, newReference: string, signal?: AbortSignal): Promise<void>;
  /** Untags, and deletes what nothing uses. Already gone is success; `ENGINE_FAILED` while a container uses it. */
  removeImage(reference: string, signal?: AbortSignal): Promise<void>;

  /** Exact name. Undefined when there is none. */
  findNetwork(name: string, signal?: AbortSignal): Promise<NetworkFacts | undefined>;
  /** All networks, for naming the one whose subnet overlaps. */
  listNetworks(signal?: AbortSignal): Promise<NetworkFacts[]>;
  /** `NETWORK_CONFLICT` when the name is taken or the subnet overlaps another's. */
  createNetwork(config: NetworkConfig, labels: Record<string, string>, signal?: AbortSignal): Promise<string>;
  /**
   * Ids of all containers, whoever made them, that are configured to join the network, stopped ones too: a stopped
   * one does not keep the engine from removing the network, but could not be started again without it.
   */
  listNetworkContainers(networkId: string, signal?: AbortSignal): Promise<string[]>;
  /**
   * Joins a container that does not run to the network of that name, under which it may know one that is gone;
   * `endpoint` is what it is there. `NOT_FOUND`; that there is no such network, engines may say only at the start.
   */
  connectNetwork(
    name: string,
    containerId: string,
    endpoint: EndpointConfig,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Already gone is success; `NETWORK_CONFLICT` when something is attached. */
  removeNetwork(id: string, signal?: AbortSignal): Promise<void>;

  listVolumes(label: string, signal?: AbortSignal): Promise<VolumeFacts[]>;
  /** Bytes by the name of the volume. The engine walks through them all: it may take seconds. */
  volumeSizes(signal?: AbortSignal): Promise<ReadonlyMap<string, number>>;
  /** Undefined when there is none. */
  findVolume(name: string, signal?: AbortSignal): Promise<VolumeFacts | undefined>;
  /** Already gone is success; `ENGINE_FAILED` while a container uses it. */
  removeVolume(name: string, signal?: AbortSignal): Promise<void>;

  /**
   * Container events of those that carry `label`, from the moment the first `next()` has been answered by the engine
   * (`{type: "connected"}` comes first). The iteration throws when the stream breaks or ends: the engine never ends
   * it on its own. No deadline.
   */
  events(label: string, signal: AbortSignal): AsyncIterable<EngineEvent>;

  /** Closes every connection; calls under way reject. */
  dispose(): void;
}

export interface Ping {
  /** Milliseconds. */
  latencyMs: number;
  version: string;
  apiVersion: string;
}

/** Docker's own words for the state of a container. */
export type ContainerStatus =
  "created" | "running" | "paused" | "restarting" | "removing" | "exited" | "dead";

/** What the engine says of a container; the same from a list and from an inspect, but for what a list leaves out. */
export interface ContainerFacts {
  id: string;
  /** Without the leading slash. */
  name: string;
  /** Reference or id, as it was given at create. */
  image: string;
  status: ContainerStatus;
  createdAt: Date;
  labels: Readonly<Record<string, string>>;
  ports: readonly PublishedPort[];
  /** Of an exited container, and of one that Docker is about to start again: from a list only the exit code is known, so the rest is absent. */
  exit?: { code: number; oomKilled?: boolean; error?: string; at?: Date };
  /** Only from an inspect, and only when it ever started. */
  startedAt?: Date;
  /** Network name → IP address. */
  networks: Readonly<Record<string, string>>;
  /** Those of `--tmpfs` only from an inspect. */
  mounts: readonly { type: string; name?: string; source: string; target: string }[];
}

export interface PublishedPort {
  containerPort: number;
  protocol: "tcp" | "udp" | "sctp";
  hostIp: string;
  hostPort: number;
}

export interface ExecRequest {
  command: readonly string[];
  cwd?: string;
  /** Passed in the exec's environment, never as an argument. */
  env?: Readonly<Record<string, string>>;
  user?: string;
  /** Gives the command a terminal: both its outputs then come as one on `stdout`, with the terminal's line ends. */
  tty?: boolean;
  stdin?: Readable | Uint8Array;
  stdout?: Writable;
  stderr?: Writable;
}

export interface LogRequest {
  follow?: boolean;
  /** Lines from the end; all when absent. */
  tail?: number;
  since?: Date;
  /** Nothing that was written later; with `follow`, the engine ends there. */
  until?: Date;
  /** Begins each line with its time, as Docker writes it: nanoseconds, in UTC. */
  timestamps?: boolean;
}

export interface LogChunk {
  stream: "stdout" | "stderr";
  data: Buffer;
}

export interface ImageFacts {
  /** `sha256:…`. */
  id: string;
  tags: readonly string[];
  labels: Readonly<Record<string, string>>;
  env: readonly string[];
  workingDir: string;
  user: string;
  entrypoint: readonly string[];
  cmd: readonly string[];
  architecture: string;
  /** Of the architecture: `v7` of `arm`. */
  variant?: string;
  sizeBytes: number;
  /** When a name was last put on it; absent where the engine does not say. */
  taggedAt?: Date;
}

export interface ImageSummary {
  id: string;
  /** The image it was committed from, where the engine knows: empty otherwise. */
  parentId: string;
  tags: readonly string[];
  labels: Readonly<Record<string, string>>;
  createdAt: Date;
  sizeBytes: number;
}

export interface PullProgress {
  /** Layer id, or empty for a line about the whole image. */
  layer: string;
  /** Docker's words: `Downloading`, `Extracting`, `Pull complete`. */
  status: string;
  currentBytes?: number;
  totalBytes?: number;
}

export interface CommitRequest {
  /** `repository:tag`. */
  reference: string;
  /** Freezes the container while it is read. */
  pause: boolean;
  comment?: string;
  /** Dockerfile instructions: `ENTRYPOINT [...]`, `LABEL k=v`. */
  changes?: readonly string[];
}

export interface NetworkFacts extends NetworkConfig {
  id: string;
  createdAt: Date;
  driver: string;
  labels: Readonly<Record<string, string>>;
}

export interface VolumeFacts {
  name: string;
  labels: Readonly<Record<string, string>>;
  driver: string;
  /** Of the driver: `{type: "nfs", o: …}`. */
  options: Readonly<Record<string, string>>;
}

export type EngineEvent =
  | { type: "connected" }
  | {
      type: "container";
      /** Docker's action: `create`, `start`, `die`, `kill`, `oom`, `stop`, `pause`, `rename`, `destroy` … */
      action: string;
      id: string;
      labels: Readonly<Record<string, string>>;
      at: Date;
      /** Of `die`. */
      exitCode?: number;
      /** Of `kill`: the number of the signal. */
      signal?: number;
    };
