import type Docker from "dockerode";
import { randomUUID } from "node:crypto";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { AgentError, isAgentError } from "../model/errors.js";
import type { Engine, ExecRequest, LogChunk } from "../ports/engine.js";
import { abortReason } from "../util/abort.js";
import type { Client } from "./client.js";
import { asStream, pathPart, requireId } from "./client.js";
import { demux } from "./demux.js";
import { execMarker, killExec } from "./execKill.js";
import { createExecOutput } from "./execOutput.js";
import type { FreezeGate } from "./freezeGate.js";
import { incoming } from "./incoming.js";
import { execState, readAnswer } from "./records.js";

/**
 * Commands inside a running container. Every command carries one more variable, `AGENT_CONTAINERS_EXEC_ID`, by which
 * an abort finds it and what it started; nothing else of it is changed, and no shell is put around it.
 */
export function createExec(client: Client, gate: FreezeGate): Pick<Engine, "exec"> {
  return {
    async exec(id, request, signal) {
      requireId(id);
      const marker = randomUUID();
      const call = { operation: "exec", subject: id, signal } as const;
      const output = createExecOutput(request.stdout, request.stderr, signal);
      // Once there is something to kill.
      let mayRun = false;
      let execId: string | undefined;
      let begun = () => undefined as void;
      try {
        // A frozen container takes no command, so that it is waited for before it is asked.
        begun = await gate.enter(id, (until) => hasBegun(execId, until), signal);
        const exec = await client.run(call, (docker) =>
          docker.getContainer(pathPart(id)).exec(createBody(request, marker)),
        );
        execId = exec.id;
        mayRun = true;
        const stream = await client.run({ ...call, long: true }, (docker) =>
          docker
            .getExec(exec.id)
            .start({ hijack: request.stdin !== undefined, Detach: false, Tty: request.tty ?? false }),
        );
        await pump(stream, request.stdin, output.write);
        const exitCode = await waitExit(id, exec.id, signal);
        mayRun = false;
        const failure = await output.finish(exitCode);
        if (failure !== undefined) {
          throw new AgentError("EXEC_FAILED", `The command could not be started: ${failure}`);
        }
        return { exitCode };
      } catch (error) {
        // Ours say that the engine refused it or is away; the rest is an abort, or an output that takes no more.
        if (mayRun && (signal?.aborted || !isAgentError(error))) {
          begun();
          await killExec({ client, gate }, id, marker, request.user);
        }
        throw signal?.aborted ? abortReason(signal) : error;
      } finally {
        begun();
        output.dispose();
      }

      async function pump(
        answer: unknown,
        stdin: ExecRequest["stdin"],
        write: (typeof output)["write"],
      ): Promise<void> {
        const stream = asStream(answer, client.engine);
        const feed = stdin === undefined ? undefined : feedStdin(stdin, stream as Duplex);
        try {
          const bytes = incoming(stream, { engine: client.engine, signal });
          // A terminal's output is not framed.
          const chunks = request.tty ? onStdout(bytes) : demux(bytes, client.engine);
          for await (const chunk of chunks) {
            begun();
            await write(chunk);
          }
          feed?.check();
        } catch (error) {
          feed?.check();
          throw error;
        } finally {
          feed?.stop();
        }
      }
    },
  };

  async function hasBegun(execId: string | undefined, signal: AbortSignal): Promise<boolean> {
    if (execId === undefined) return false;
    const call = { operation: "exec", subject: execId, signal } as const;
    const answer = await client.run(call, (docker) => docker.getExec(execId).inspect());
    const { Running, Pid, ExitCode } = readAnswer(execState, answer, "a command's start");
    return Running ? Pid > 0 : typeof ExitCode === "number";
  }

  /** The stream ends when nobody holds the output any more, which may be a little before the command ends. */
  async function waitExit(id: string, execId: string, signal: AbortSignal | undefined): Promise<number> {
    for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 1000)) {
      const call = { operation: "exec", subject: id, signal } as const;
      const answer = await client
        .run(call, (docker) => docker.getExec(execId).inspect())
        .catch((error: unknown) => lost(id, error, signal));
      const { Running, ExitCode } = readAnswer(execState, answer, "a command's end");
      if (!Running && typeof ExitCode === "number") return ExitCode;
      await delay(pauseMs, undefined, { signal });
    }
  }

  /** The engine does not know the command: its container is gone, or the engine has forgotten what ran there. */
  async function lost(id: string, error: unknown, signal: AbortSignal | undefined): Promise<never> {
    if (!isAgentError(error, "NOT_FOUND")) throw error;
    const call = { operation: "container", subject: id, signal } as const;
    await client.run(call, (docker) => docker.getContainer(pathPart(id)).inspect());
    throw new AgentError(
      "ENGINE_FAILED",
      `The Docker engine at ${client.engine} has lost the command that ran in the container ${id.slice(0, 12)}: how it ended is not known.`,
      { remedy: "See whether it has done what it should, and try again.", cause: error },
    );
  }
}

async function* onStdout(bytes: AsyncIterable<Buffer>): AsyncGenerator<LogChunk> {
  for await (const data of bytes) yield { stream: "stdout", data };
}

function createBody(request: ExecRequest, marker: string): Docker.ExecCreateOptions {
  const env = Object.entries(request.env ?? {}).map(([key, value]) => `${key}=${value}`);
  return {
    Cmd: [...request.command],
    Env: [...env, `${execMarker}=${marker}`],
    AttachStdin: request.stdin !== undefined,
    // Without them the stream ends at once, and no exit code is known.
    AttachStdout: true,
    AttachStderr: true,
    Tty: request.tty ?? false,
    ...(request.cwd !== undefined && { WorkingDir: request.cwd }),
    ...(request.user !== undefined && { User: request.user }),
  };
}

/** Writes the input and closes that half of the socket; a command that ends without reading it all is no error. */
function feedStdin(stdin: Readable | Uint8Array, socket: Duplex): { check: () => void; stop: () => void } {
  if (!(stdin instanceof Readable)) {
    socket.end(stdin);
    return { check: () => undefined, stop: () => undefined };
  }
  let failure: Error | undefined;
  stdin.on("error", (error) => {
    failure = error;
    socket.destroy();
  });
  stdin.pipe(socket);
  return {
    check() {
      if (failure) throw failure;
    },
    stop() {
      stdin.unpipe(socket);
      stdin.destroy();
    },
  };
}
