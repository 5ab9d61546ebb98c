import type { Readable } from "node:stream";
import { AgentError } from "../model/errors.js";
import type { Engine, EngineEvent } from "../ports/engine.js";
import { abortReason } from "../util/abort.js";
import type { Client } from "./client.js";
import { asStream } from "./client.js";
import { createLineParser } from "./jsonLines.js";
import { eventMessage } from "./records.js";
import { transportError } from "./transportErrors.js";

/** Events that nobody took. Beyond it the stream is given up: a new list is cheaper, and nothing is lost unseen. */
const maxQueued = 20_000;

/** The engine's events as they happen. See the port. */
export function createEvents(client: Client): Pick<Engine, "events"> {
  return {
    async *events(label, signal) {
      const call = { operation: "other", subject: "events", signal, long: true } as const;
      const answer = await client.run(call, (docker) =>
        docker.getEvents({ filters: { type: ["container"], label: [label] } }),
      );
      const stream = asStream(answer, client.engine);
      const queue = createQueue(stream, client.engine);
      try {
        yield { type: "connected" };
        for (;;) {
          const event = await queue.next();
          signal.throwIfAborted();
          yield event;
        }
      } catch (error) {
        throw signal.aborted ? abortReason(signal) : error;
      } finally {
        stream.destroy();
      }
    },
  };
}

/**
 * Reads the stream at its own pace and not at that of the reader: the engine drops events, without a word, for a
 * client that does not read (research/perf section 2).
 */
function createQueue(stream: Readable, engine: string): { next(): Promise<EngineEvent> } {
  const parser = createLineParser();
  const queued: EngineEvent[] = [];
  let ended: Error | undefined;
  let wake: () => void = () => undefined;

  const end = (error: Error) => {
    ended ??= error;
    wake();
  };
  stream.on("data", (bytes: Buffer) => {
    for (const line of parser.push(bytes)) {
      const event = readEvent(line);
      if (event) queued.push(event);
    }
    if (queued.length > maxQueued) {
      end(
        new AgentError(
          "ENGINE_UNREACHABLE",
          `Events of the Docker engine at ${engine} came too fast to follow.`,
        ),
      );
      stream.destroy();
    }
    wake();
  });
  stream.on("error", (error) => end(transportError(engine, error)));
  // Not `end`: an engine that dies gives none. One that ends the stream in good order is gone all the same.
  stream.on("close", () => end(transportError(engine, new Error("premature close"))));

  return {
    async next() {
      for (;;) {
        const event = queued.shift();
        if (event) return event;
        if (ended) throw ended;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}

/** Undefined for what is no container event, and for the noise of execs, which changes nothing that we show. */
function readEvent(line: unknown): EngineEvent | undefined {
  const message = eventMessage.safeParse(line);
  if (!message.success) return undefined;
  const { Type, Action, Actor, time, timeNano } = message.data;
  if (Type !== "container" || !Actor.ID || Action.startsWith("exec_")) return undefined;
  const { Attributes } = Actor;
  const count = (key: string) => (/^\d+$/.test(Attributes[key] ?? "") ? Number(Attributes[key]) : undefined);
  const exitCode = Action === "die" ? count("exitCode") : undefined;
  const signal = Action === "kill" ? count("signal") : undefined;
  return {
    type: "container",
    action: Action,
    id: Actor.ID,
    // The container's labels, and beside them name, image and what belongs to the action.
    labels: Attributes,
    at: new Date(timeNano ? timeNano / 1e6 : time * 1000),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
  };
}
