import type { Readable } from "node:stream";
import { AgentError } from "../../src/model/errors.js";
import type { StatsSample } from "../../src/model/stats.js";
import type { Engine, EngineEvent, ExecRequest } from "../../src/ports/engine.js";
import { abortable, anySignal } from "../../src/util/abort.js";
import { findContainer } from "./fakeContainers.js";
import type { FakeState } from "./fakeState.js";
import { hasLabel, pass, until } from "./fakeState.js";

/** One command, as the handler of a test sees it. */
export interface FakeExec extends Omit<ExecRequest, "stdout" | "stderr"> {
  containerId: string;
  stdin?: Readable | Uint8Array;
  /** Aborted when the caller gives up: the handler then ends what it began. */
  signal: AbortSignal;
  stdout: (data: string | Uint8Array) => void;
  stderr: (data: string | Uint8Array) => void;
}

/** Of a container that does nothing. */
export const idleSample: Omit<StatsSample, "at"> = {
  cpuPercent: 0,
  memoryUsedBytes: 2 ** 20,
  memoryLimitBytes: 2 ** 30,
  networkRxBytes: 0,
  networkTxBytes: 0,
  blockReadBytes: 0,
  blockWriteBytes: 0,
  pids: 1,
};

/** Gives the exit code; throws an AgentError (`EXEC_FAILED`) where the engine would. */
export type ExecHandler = (exec: FakeExec) => number | Promise<number>;

export function createFakeStreams(
  state: FakeState,
  onExec: { handler: ExecHandler },
): Pick<Engine, "exec" | "logs" | "stats" | "events"> {
  return {
    async exec(id, request, signal) {
      await pass(state, "exec", [id, request], signal);
      const container = findContainer(state, id);
      if (container.status !== "running") {
        throw new AgentError("NOT_RUNNING", `The container ${id.slice(0, 12)} is not running.`);
      }
      const { stdout, stderr, ...rest } = request;
      const gone = new AbortController();
      const bound = anySignal(signal, state.disposal.signal, gone.signal);
      const work = Promise.resolve(
        onExec.handler({
          ...rest,
          containerId: id,
          signal: bound,
          stdout: (data) => stdout?.write(data),
          stderr: (data) => stderr?.write(data),
        }),
      );
      try {
        // A command dies with its container.
        const end = until(state, () => container.status !== "running", bound).then(() => 137);
        end.catch(() => undefined);
        return {
          exitCode: await abortable(Promise.race([work, end]), anySignal(signal, state.disposal.signal)),
        };
      } finally {
        gone.abort();
      }
    },

    async *logs(id, request, signal) {
      await pass(state, "logs", [id, request], signal);
      const container = findContainer(state, id);
      const [since, until_] = [request.since?.getTime() ?? 0, request.until?.getTime() ?? Infinity];
      const wanted = container.logs.filter(({ at }) => at.getTime() >= since && at.getTime() <= until_);
      yield* wanted.slice(-(request.tail ?? wanted.length) || wanted.length).map(({ chunk }) => chunk);
      if (!request.follow) return;
      let seen = container.logs.length;
      for (;;) {
        await until(state, () => container.logs.length > seen || container.status !== "running", signal);
        const fresh = container.logs.slice(seen);
        if (fresh.length === 0) return;
        seen += fresh.length;
        yield* fresh.map(({ chunk }) => chunk);
      }
    },

    async *stats(id, signal) {
      await pass(state, "stats", [id], signal);
      const container = findContainer(state, id);
      const runs = () => container.status === "running" || container.status === "paused";
      if (runs()) yield { ...idleSample, at: new Date() };
      for (let seen = container.samples.length; ;) {
        await until(state, () => container.samples.length > seen || !runs(), signal);
        const fresh = container.samples.slice(seen);
        if (fresh.length === 0) return;
        seen += fresh.length;
        yield* fresh;
      }
    },

    async *events(label, signal) {
      await pass(state, "events", [label], signal);
      const queued: (EngineEvent | Error)[] = [];
      const listener = (event: EngineEvent | Error) => {
        if (event instanceof Error || event.type === "connected" || hasLabel(event.labels, label))
          queued.push(event);
      };
      state.listeners.add(listener);
      try {
        yield { type: "connected" };
        for (;;) {
          await until(state, () => queued.length > 0, signal);
          const event = queued.shift();
          if (event instanceof Error) throw event;
          if (event) yield event;
        }
      } finally {
        state.listeners.delete(listener);
      }
    },
  };
}
