import { spawn } from "node:child_process";
import { connect } from "node:net";
import { Duplex } from "node:stream";
import type { SshTarget } from "./sshTarget.js";

/** The bytes under an SSH connection. */
export interface SshSocket {
  stream: Duplex;
  /** What the proxy wrote to its error output, if there is a proxy; the last 4 KiB. */
  words: () => string;
}

/** Connects to the host, or starts the program that does. Errors come as those of the stream. */
export function openSshSocket(target: SshTarget, env: NodeJS.ProcessEnv): SshSocket {
  const { hostName: host, port, family, proxy } = target;
  if (!proxy) {
    // ssh2 never sets noDelay itself, and stalls 40 ms in every round trip of the authentication.
    const stream = connect({ host, port, noDelay: true, ...(family !== 0 && { family }) });
    return { stream, words: () => "" };
  }
  const child = spawn(proxy.file, [...proxy.args], { env, stdio: "pipe", windowsHide: true });
  const stream = Duplex.from({ readable: child.stdout, writable: child.stdin });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words = (words + text).slice(-4096)));
  child.once("error", (error) => stream.destroy(error));
  stream.once("close", () => child.kill());
  return { stream, words: () => words.trim() };
}
