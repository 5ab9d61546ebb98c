import { Duplex } from "node:stream";
import type { ClientChannel } from "ssh2";

/** Asks for a channel; called once. */
export type OpenChannel = (done: (error: Error | undefined, channel?: ClientChannel) => void) => void;

/**
 * A channel in the place of a `net.Socket` under Node's HTTP client. ssh2's own channel is no such thing: it emits no
 * close of ours, its `destroy` takes no error and waits for the peer, and a connection that is lost ends it as if the
 * peer had closed it in good order. `failure` reads why a command behind it ended (undefined: in good order).
 */
export function channelSocket(
  open: OpenChannel,
  failure?: (exitCode: number | null, stderr: string) => Error | undefined,
): Duplex {
  let channel: ClientChannel | undefined;
  let farEnded = false;
  let received = false;
  let stderr = "";
  /** The callback of a write that waits for the peer's window: ssh2 forgets it when the peer closes. */
  let writing: (() => void) | undefined;

  const written = () => {
    const done = writing;
    writing = undefined;
    done?.();
  };
  const endRead = () => {
    if (farEnded) return;
    farEnded = true;
    socket.push(null);
    // An idle socket has no reader that would see its end.
    socket.read(0);
  };
  const attach = (opened: ClientChannel) => {
    channel = opened;
    opened.on("data", (bytes: Buffer) => {
      received = true;
      if (!socket.push(bytes)) opened.pause();
    });
    opened.stderr.on("data", (bytes: Buffer) => (stderr = (stderr + bytes.toString()).slice(-4096)));
    opened.on("error", (error: Error) => socket.destroy(error));
    // A command tells why it ended only after its output has.
    if (!failure) opened.on("end", endRead);
    opened.on("close", (exitCode?: number | null) => {
      const error = received ? undefined : failure?.(exitCode ?? null, stderr);
      if (error) socket.destroy(error);
      // What was received and not yet read is still to be read; what is written goes nowhere, as with any socket.
      else endRead();
      channel = undefined;
      written();
    });
  };

  const socket = new Duplex({
    allowHalfOpen: false,
    construct(done) {
      open((error, opened) => {
        if (opened) attach(opened);
        flags.connecting = false;
        done(error ?? null);
        if (!error) socket.emit("connect");
      });
    },
    read() {
      channel?.resume();
    },
    write(bytes: Buffer, _encoding, done) {
      writing = done;
      if (channel) channel.write(bytes, written);
      else written();
    },
    final(done) {
      channel?.end();
      done();
    },
    destroy(error, done) {
      const rest = channel;
      channel = undefined;
      if (rest) {
        rest.removeAllListeners("data");
        rest.resume();
        if (!failure) rest.destroy();
        else {
          // A session of sshd lasts until its command has ended, and closing the channel does not end it: it is asked
          // to end, by a signal where sshd passes it on, and by the end of its input.
          rest.signal("TERM");
          rest.eof();
        }
      }
      writing = undefined;
      done(error);
    },
  });
  const flags = Object.assign(socket, { connecting: true }, socketMethods(socket));
  return socket;
}

/** What Node's HTTP client calls on a socket. Timeouts are ours, and the connection below has its own keep-alive. */
function socketMethods(socket: Duplex) {
  const same = () => socket;
  return {
    setKeepAlive: same,
    setNoDelay: same,
    setTimeout: same,
    ref: same,
    unref: same,
    destroySoon: () => {
      if (socket.writable) socket.end();
      if (socket.writableFinished) socket.destroy();
      else socket.once("finish", () => socket.destroy());
    },
  };
}
