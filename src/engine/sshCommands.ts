import type { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";
import { channelSocket } from "./sshChannel.js";
import { farEngineError } from "./sshErrors.js";

/** sshd takes 10 sessions on a connection (MaxSessions), unless it is told otherwise. */
const maxCommands = 8;
const retryMs = 50;
const retries = 40;

type Execute = (command: string, done: (error: Error | undefined, channel?: ClientChannel) => void) => void;

/** Sockets whose far end is a command on the host. */
export interface Commands {
  /** One that connects when it is its turn. Its errors are ours. */
  socket(command: string): Duplex;
  /** The connection has ended: who waits need wait no longer. */
  stop(): void;
}

/**
 * At most 8 at once; who comes later waits. A session that has ended counts until sshd has cleaned up behind it, which
 * it does not tell, so that one that is refused is asked for again, for 2 s.
 */
export function createCommands(execute: Execute, engine: string): Commands {
  let free = maxCommands;
  let stopped = false;
  const waiting: (() => void)[] = [];
  const release = () => {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  };

  return {
    socket(command) {
      const socket = channelSocket(
        (done) => {
          const attempt = (left: number) =>
            execute(command, (error, channel) => {
              if (error && left > 0 && !stopped && !socket.destroyed) {
                setTimeout(() => attempt(left - 1), retryMs);
                return;
              }
              if (channel) channel.once("close", release);
              else release();
              done(error, channel);
            });
          if (free > 0) {
            free -= 1;
            attempt(retries);
          } else waiting.push(() => attempt(retries));
        },
        (exitCode, stderr) => (exitCode === 0 ? undefined : farEngineError(engine, stderr)),
      );
      return socket;
    },
    stop() {
      stopped = true;
      for (const run of waiting.splice(0)) run();
    },
  };
}
