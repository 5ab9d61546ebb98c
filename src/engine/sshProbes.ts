import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import type { OpenChannel } from "./sshChannel.js";

/** What a command of the host writes to its output. */
export function readCommand(client: Client, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => {
      // A host that runs no commands for us may still forward.
      if (error) {
        resolve("");
        return;
      }
      let output = "";
      channel.on("data", (bytes: Buffer) => (output = (output + bytes.toString()).slice(-65_536)));
      channel.stderr.resume();
      channel.on("error", reject);
      channel.on("close", () => resolve(output));
      channel.end();
    });
  });
}

/** Undefined when sshd connects to the socket. It does not say whether it may not, or nobody listens there. */
export function probeSocket(open: OpenChannel): Promise<Error | undefined> {
  return new Promise((resolve) => {
    open((error, channel) => {
      channel?.destroy();
      resolve(error);
    });
  });
}

/** Settles when an engine answers behind the command. */
export function probeDial(socket: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("data", () => {
      resolve();
      socket.destroy();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the engine closed the connection")));
    socket.write("HEAD /_ping HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n");
  });
}
