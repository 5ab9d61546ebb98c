import { once } from "node:events";
import { connect } from "node:net";
import { AgentError } from "../../src/model/errors.js";
import type { EngineCapabilities } from "../../src/model/health.js";
import type { StatsSample } from "../../src/model/stats.js";
import type { Engine, LogChunk, Ping } from "../../src/ports/engine.js";
import { createFakeBuilds } from "./fakeBuilds.js";
import type { StartHandler } from "./fakeContainers.js";
import { createFakeContainers, endContainer, findContainer } from "./fakeContainers.js";
import { allFiles, createFakeFiles } from "./fakeFiles.js";
import { addImage, createFakeImages } from "./fakeImages.js";
import { createFakeNetworks } from "./fakeNetworks.js";
import type { FakeFile, FakeImage, FakeRequest, Method } from "./fakeState.js";
import { createFakeState, emit, noteChange, pass } from "./fakeState.js";
import type { ExecHandler } from "./fakeStreams.js";
import { createFakeStreams, idleSample } from "./fakeStreams.js";

export interface FakeEngineOptions {
  name?: string;
  /** Images that are present; `debian:bookworm-slim` when absent. */
  images?: readonly string[];
  /** Images that can be pulled. */
  registry?: readonly string[];
  onExec?: ExecHandler;
  onStart?: StartHandler;
  ping?: Ping;
  capabilities?: Partial<EngineCapabilities>;
}

/**
 * An engine in memory, which passes the same contract suite as the real one, and what a test needs to watch it and
 * to make it fail.
 */
export interface FakeEngine extends Engine {
  /** Every question in its order, with its arguments but for the signal. */
  readonly requests: readonly FakeRequest[];
  /** The next call of `method` rejects with `error` and does nothing. */
  failNext(method: Method, error: Error): void;
  /** Calls of `method` settle only when their signal is aborted, or the returned function was called. */
  hang(method: Method): () => void;
  /** Runs the commands of `exec`; without a handler each ends with 0. */
  onExec(handler: ExecHandler): void;
  addImage(reference: string, parts?: Partial<FakeImage>): FakeImage;
  /** A port of the host that something else uses. */
  takePort(port: number): void;
  /** Ends the container from inside: a crash, an OOM kill, an end by itself. */
  endContainer(id: string, exitCode: number, oomKilled?: boolean): void;
  /** Something else renames, pauses or resumes it. */
  changeContainer(id: string, change: { name?: string; status?: "running" | "paused" }): void;
  writeLog(id: string, chunk: LogChunk): void;
  /** Measures it once: whoever follows its stats gets it. */
  measure(id: string, sample?: Partial<StatsSample>): void;
  /** Breaks every event stream, as a restart of the engine does. */
  breakEvents(error?: Error): void;
  /** What archives have put into the container, by path. */
  filesOf(id: string): ReadonlyMap<string, FakeFile>;
}

export function createFakeEngine(options: FakeEngineOptions = {}): FakeEngine {
  const state = createFakeState();
  const execs = { handler: options.onExec ?? (() => 0) };
  const takenPorts = new Set<number>();
  const name = options.name ?? "unix:///fake/docker.sock";
  for (const reference of options.images ?? ["debian:bookworm-slim"]) addImage(state, reference);

  return {
    name,
    async ping(signal) {
      await pass(state, "ping", [], signal);
      return options.ping ?? { latencyMs: 1, version: "28.0.0", apiVersion: "1.48" };
    },
    async capabilities(signal) {
      await pass(state, "capabilities", [], signal);
      return {
        architecture: "x86_64",
        operatingSystem: "Fake Linux",
        cpus: 8,
        memoryBytes: 16 * 2 ** 30,
        cgroupVersion: "2",
        gpu: false,
        buildKit: true,
        volumeSubpath: true,
        ...options.capabilities,
      };
    },
    ...createFakeContainers(state, options.onStart ?? (() => ({})), takenPorts),
    ...createFakeFiles(state),
    ...createFakeStreams(state, execs),
    ...createFakeImages(state, new Set(options.registry ?? [])),
    ...createFakeBuilds(state),
    ...createFakeNetworks(state),
    async connectToHost(port, signal) {
      await pass(state, "connectToHost", [port], signal);
      // Its host is this machine: tests put a real server there.
      const socket = connect(port, "127.0.0.1");
      await once(socket, "connect", { signal });
      return socket;
    },
    dispose() {
      const gone = new AgentError(
        "ENGINE_UNREACHABLE",
        `The connection to the Docker engine at ${name} was closed.`,
      );
      state.disposal.abort(gone);
      noteChange(state);
    },

    requests: state.requests,
    failNext: (method, error) => void state.failures.push({ method, error }),
    hang(method) {
      state.hanging.add(method);
      return () => {
        state.hanging.delete(method);
        noteChange(state);
      };
    },
    onExec: (handler) => void (execs.handler = handler),
    addImage: (reference, parts) => addImage(state, reference, parts),
    takePort: (port) => void takenPorts.add(port),
    endContainer(id, exitCode, oomKilled) {
      endContainer(state, findContainer(state, id), exitCode, oomKilled);
    },
    changeContainer(id, change) {
      const container = findContainer(state, id);
      if (change.name !== undefined && change.name !== container.name) {
        container.name = change.name;
        emit(state, container, "rename");
      }
      if (change.status !== undefined && change.status !== container.status) {
        container.status = change.status;
        emit(state, container, change.status === "paused" ? "pause" : "unpause");
      }
    },
    writeLog(id, chunk) {
      findContainer(state, id).logs.push({ chunk, at: new Date() });
      noteChange(state);
    },
    measure(id, sample) {
      findContainer(state, id).samples.push({ ...idleSample, at: new Date(), ...sample });
      noteChange(state);
    },
    breakEvents(
      error = new AgentError("ENGINE_UNREACHABLE", "The connection to the Docker engine was lost."),
    ) {
      for (const listener of [...state.listeners]) listener(error);
      noteChange(state);
    },
    filesOf: (id) => new Map(allFiles(state, findContainer(state, id))),
  };
}
