import type { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import { AgentError, isAgentError } from "../model/errors.js";
import { abortable } from "../util/abort.js";
import type { OpenChannel } from "./sshChannel.js";
import { createCommands } from "./sshCommands.js";
import { channelSocket } from "./sshChannel.js";
import { farEngineError, noFarEngine, sshLost } from "./sshErrors.js";
import type { Way } from "./sshFarEngine.js";
import { dialCommand, lookCommand, readFound } from "./sshFarEngine.js";
import type { SshLoginOptions } from "./sshLogin.js";
import { loginToHost } from "./sshLogin.js";
import { probeDial, probeSocket, readCommand } from "./sshProbes.js";

// Needs ssh2: reached by `await import` only, so that a bundle keeps it in a chunk of its own.

/** One authenticated connection to a host, with as many channels as are asked for. */
export interface SshLink {
  /**
   * How the engine is reached from the host; looked for again after a failure. `ENGINE_NOT_FOUND`,
   * `ENGINE_PERMISSION`, `ENGINE_UNREACHABLE` when none runs there; the signal's reason.
   */
  way(): Promise<Way>;
  /** A socket to the engine, which connects; its errors are ours. */
  open(way: Way): Duplex;
  /** A socket to a port of the host's own loopback; `SSH_UNREACHABLE` when sshd does not get there. */
  forward(port: number): Duplex;
  /** Settles with the reason when the connection is no more. */
  readonly lost: Promise<Error>;
  /** Ends the connection, and everything on it with `reason`. */
  close(reason: Error): void;
}

/** Logs in, then says nothing more until something is asked. Errors of `loginToHost`. */
export async function openSshLink(options: SshLoginOptions & { timeoutMs: number }): Promise<SshLink> {
  const { engine, endpoint, timeoutMs, log } = options;
  const { client, end } = await loginToHost(options);
  const live = new Set<Duplex>();
  let ended: Error | undefined;
  let tell: (reason: Error) => void = () => undefined;
  const lost = new Promise<Error>((resolve) => (tell = resolve));
  let way: Promise<Way> | undefined;

  const lose = (reason: Error) => {
    if (ended) return;
    ended = reason;
    // Before ssh2 ends the channels as if the engine had closed them.
    for (const socket of live) socket.destroy(reason);
    live.clear();
    commands.stop();
    end();
    tell(reason);
  };
  client.on("error", (error) => lose(sshLost(engine, error)));
  client.on("end", () => lose(sshLost(engine)));
  client.on("close", () => lose(sshLost(engine)));

  // When the connection has ended, it is the opening that fails: an HTTP agent that is given a dead socket for a request
  // that waits asks for the next one, and so on for ever.
  const track = (socket: Duplex) => {
    live.add(socket);
    // Who uses it hears of its error; one that nobody uses yet, or any more, must not end the process.
    socket.on("error", () => undefined);
    socket.once("close", () => live.delete(socket));
    return socket;
  };
  const connect = (path: string): OpenChannel =>
    openChannel(
      (done) => client.openssh_forwardOutStreamLocal(path, done),
      engine,
      () => ended,
    );
  const commands = createCommands((command, done) => {
    openChannel(
      (told) => client.exec(command, told),
      engine,
      () => ended,
    )(done);
  }, engine);
  const dial = (command: string) => track(commands.socket(command));

  async function find(): Promise<Way> {
    const deadline = AbortSignal.timeout(timeoutMs);
    const { path } = endpoint;
    // Besides what it finds, an exec is what makes sshd set TCP_NODELAY, without which a request in ten takes 40 ms
    // more (research/perf section 4).
    const output = await abortable(readCommand(client, lookCommand(path)), deadline);
    const found = readFound(output, path);
    if (found.kind === "denied") throw farEngineError(engine, `permission denied: ${found.path}`);
    if (found.kind === "none") throw noFarEngine(engine, found.path);
    if (found.kind === "socket") {
      const refusal = await abortable(probeSocket(connect(found.path)), deadline);
      if (!refusal) return { kind: "socket", path: found.path };
      log.debug(`${engine}: sshd does not connect to ${found.path} (${refusal.message})`);
    }
    const command = dialCommand(found.kind === "socket" ? found.path : undefined);
    await abortable(probeDial(dial(command)), deadline);
    log.info(`${engine}: sshd does not forward to a socket; "${command}" is used in its place`);
    return { kind: "dial", command };
  }

  return {
    lost,
    way() {
      way ??= find().catch((error: unknown) => {
        way = undefined;
        throw ended ?? timeoutOf(error, engine);
      });
      return way;
    },
    open(chosen) {
      const socket =
        chosen.kind === "dial" ? dial(chosen.command) : track(channelSocket(connect(chosen.path)));
      socket.once("error", (error) => {
        // The engine may have moved, or be gone: the next request looks again, and tells.
        if (isAgentError(error)) way = undefined;
      });
      return socket;
    },
    forward(port) {
      const refused = (error: Error) =>
        new AgentError(
          "SSH_UNREACHABLE",
          `The host of ${engine} does not connect to its port ${port}: ${error.message}.`,
          {
            remedy:
              "See whether the agent runs, and whether sshd there allows forwarding (AllowTcpForwarding).",
            cause: error,
          },
        );
      return track(
        channelSocket(
          openChannel(
            (done) => client.forwardOut("127.0.0.1", 0, "127.0.0.1", port, done),
            engine,
            () => ended,
            refused,
          ),
        ),
      );
    },
    close: lose,
  };
}

function timeoutOf(error: unknown, engine: string): unknown {
  if (!(error instanceof DOMException) || error.name !== "TimeoutError") return error;
  return new AgentError("ENGINE_TIMEOUT", `The host of ${engine} did not answer in time.`, { cause: error });
}

function openChannel(
  open: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
  engine: string,
  ended: () => Error | undefined,
  refused = (error: Error): Error => farEngineError(engine, error.message),
): OpenChannel {
  return (done) => {
    const reason = ended();
    if (reason) {
      done(reason);
      return;
    }
    try {
      open((error, channel) => {
        if (error) done(ended() ?? refused(error));
        else done(undefined, channel);
      });
    } catch (error) {
      // ssh2 throws when it is not connected (any more).
      done(ended() ?? sshLost(engine, error));
    }
  };
}
