import { randomBytes } from "node:crypto";
import type { ContainerBody } from "../../src/model/containerBody.js";
import type { ContainerFacts, Engine, EngineEvent, LogChunk, NetworkFacts } from "../../src/ports/engine.js";
import type { StatsSample } from "../../src/model/stats.js";
import { abortReason } from "../../src/util/abort.js";

/** A verb of the port that is asked of the engine. */
export type Method = Exclude<keyof Engine, "name" | "dispose">;

/** One question, as it came: its arguments without the signal. */
export interface FakeRequest {
  method: Method;
  args: readonly unknown[];
}

/** Files of one container or volume. */
export interface FakeTree {
  /** Path → bytes and mode, of what was put in. */
  files: Map<string, FakeFile>;
  /** Path → when it was changed. */
  directories: Map<string, Date>;
}

export interface FakeContainer extends FakeTree {
  id: string;
  name: string;
  body: ContainerBody;
  status: ContainerFacts["status"];
  createdAt: Date;
  startedAt?: Date;
  exit?: ContainerFacts["exit"];
  ports: ContainerFacts["ports"];
  networks: Record<string, string>;
  /** By name, the id of each network as it was when the container last ran there, or joined it. */
  networkIds: Record<string, string>;
  logs: { chunk: LogChunk; at: Date }[];
  /** What is measured of it while somebody follows its stats. */
  samples: StatsSample[];
}

export interface FakeFile {
  bytes: Buffer;
  mode: number;
  uid: number;
  gid: number;
  mtime: Date;
}

export interface FakeImage {
  id: string;
  tags: string[];
  labels: Record<string, string>;
  env: string[];
  createdAt: Date;
  body: Partial<ContainerBody>;
}

/** All that one fake engine holds, and the gate that every question passes. */
export interface FakeState {
  requests: FakeRequest[];
  containers: Map<string, FakeContainer>;
  images: Map<string, FakeImage>;
  networks: Map<string, NetworkFacts>;
  volumes: Map<string, Record<string, string>>;
  volumeFiles: Map<string, FakeTree>;
  failures: { method: Method; error: Error }[];
  hanging: Set<Method>;
  listeners: Set<(event: EngineEvent | Error) => void>;
  /** Told whenever anything changed: waits and followed logs look again. */
  changed: Set<() => void>;
  disposal: AbortController;
}

export function createFakeState(): FakeState {
  return {
    requests: [],
    containers: new Map(),
    images: new Map(),
    networks: new Map(),
    volumes: new Map(),
    volumeFiles: new Map(),
    failures: [],
    hanging: new Set(),
    listeners: new Set(),
    changed: new Set(),
    disposal: new AbortController(),
  };
}

export const newId = () => randomBytes(32).toString("hex");

/** Notes a question, then fails it or hangs it as it was told to. A hanging one ends with its signal, or when it is let go. */
export async function pass(
  state: FakeState,
  method: Method,
  args: unknown[],
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted();
  state.disposal.signal.throwIfAborted();
  state.requests.push({ method, args });
  // As with a real engine, nothing is answered in the same turn.
  await Promise.resolve();
  await until(state, () => !state.hanging.has(method), signal);
  const index = state.failures.findIndex((one) => one.method === method);
  const [failure] = index >= 0 ? state.failures.splice(index, 1) : [];
  if (failure) throw failure.error;
  signal?.throwIfAborted();
}

/** Resolves once `check` holds, looking again at each change; rejects with the signal's reason. */
export function until(state: FakeState, check: () => boolean, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const signals = [signal, state.disposal.signal].filter((one) => one !== undefined);
    const end = () => {
      state.changed.delete(look);
      for (const one of signals) one.removeEventListener("abort", look);
    };
    const look = () => {
      const aborted = signals.find((one) => one.aborted);
      if (aborted) reject(abortReason(aborted));
      else if (check()) resolve();
      else return;
      end();
    };
    state.changed.add(look);
    for (const one of signals) one.addEventListener("abort", look);
    look();
  });
}

export function noteChange(state: FakeState): void {
  for (const look of [...state.changed]) look();
}

type Detail = Partial<Pick<Extract<EngineEvent, { type: "container" }>, "exitCode" | "signal">>;

export function emit(state: FakeState, container: FakeContainer, action: string, detail: Detail = {}): void {
  const labels = { ...container.body.Labels, name: container.name, image: container.body.Image };
  const event: EngineEvent = {
    type: "container",
    action,
    id: container.id,
    labels,
    at: new Date(),
    ...detail,
  };
  for (const listener of [...state.listeners]) listener(event);
  noteChange(state);
}

/** True for labels that have `filter`, which is `key` or `key=value`. */
export function hasLabel(labels: Readonly<Record<string, string>> | undefined, filter: string): boolean {
  const [key = "", ...value] = filter.split("=");
  if (labels?.[key] === undefined) return false;
  return value.length === 0 || labels[key] === value.join("=");
}
