import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { Client } from "ssh2";
import { AgentError, messageOf } from "../model/errors.js";
import { abortReason, anySignal } from "../util/abort.js";
import { systemClock, type Clock } from "../util/clock.js";
import { fingerprintOf } from "./keyPair.js";
import { startSession, type LoginSession } from "./loginSession.js";

// Needs ssh2: reached by `await import("./login.js")` only, so that a bundle keeps it in a chunk of its own.

export interface LoginOptions {
  host: string;
  port: number;
  user: string;
  /** OpenSSH PEM. */
  privateKey: string;
  /** The only key that sshd may show: `ssh-ed25519 AAAA…`. */
  hostPublicKey: string;
  /** Opens the connection where it is not a plain one from here, as through an engine's host. */
  openSocket?: (signal: AbortSignal) => Promise<Duplex>;
  signal?: AbortSignal;
  clock?: Clock;
  /** From the call until the login has succeeded, in milliseconds. Default 15 000. */
  deadlineMs?: number;
}

/** A failure that ends by itself when sshd is up. */
class NotYet extends Error {}

const firstBannerMs = 1_500;

/**
 * Waits until sshd takes a login with the key, then closes it: the readiness of an agent. Gives the milliseconds it
 * took and the number of connections. Errors as of `withLogin`.
 */
export async function login(options: LoginOptions): Promise<{ elapsedMs: number; attempts: number }> {
  const clock = options.clock ?? systemClock;
  const start = clock.now();
  return withLogin(options, (_session, attempts) =>
    Promise.resolve({ elapsedMs: clock.now() - start, attempts }),
  );
}

/**
 * Logs in, runs `use`, and closes the connection whatever happens. Until the deadline a server that refuses, resets
 * or stays silent is tried again: a published port takes connections before sshd listens behind it. `SSH_UNREACHABLE`
 * at the deadline, with the last reason, and when the connection breaks later; at once `SSH_AUTH` when the key is
 * refused and `HOST_KEY_CHANGED` when another key is shown; the signal's reason.
 */
export async function withLogin<T>(
  options: LoginOptions,
  use: (session: LoginSession, attempts: number) => Promise<T>,
): Promise<T> {
  const { socket, client, session, attempts } = await openLogin(options);
  try {
    return await use(session, attempts);
  } finally {
    session.dispose();
    await close(client, socket);
  }
}

interface Connection {
  client: Client;
  socket: Duplex;
  session: ReturnType<typeof startSession>;
}

async function openLogin(options: LoginOptions): Promise<Connection & { attempts: number }> {
  const { clock = systemClock, deadlineMs = 15_000 } = options;
  const late = new AbortController();
  const done = new AbortController();
  // Rejects when `done` stops it, which is how it ends after a login.
  clock.sleep(deadlineMs, done.signal).then(
    () => late.abort(),
    () => undefined,
  );
  const signal = anySignal(options.signal, late.signal);
  let last = "the server did not answer";
  try {
    for (let attempts = 1, delayMs = 4; ; attempts += 1, delayMs = Math.min(delayMs * 1.15, 100)) {
      try {
        return { ...(await attemptLogin(options, firstBannerMs * Math.min(attempts, 4), signal)), attempts };
      } catch (error) {
        if (!(error instanceof NotYet)) throw error;
        last = error.message;
      }
      await clock.sleep(delayMs, signal);
    }
  } catch (error) {
    if (!late.signal.aborted || options.signal?.aborted) throw error;
    throw new AgentError(
      "SSH_UNREACHABLE",
      `No SSH login at ${options.host}:${options.port} within ${Math.round(deadlineMs / 1000)} s: ${last}.`,
      {
        cause: error,
        remedy: "See the agent's log: sshd may not have started. Restart the agent, or try again.",
      },
    );
  } finally {
    done.abort();
  }
}

async function openSocket(options: LoginOptions, signal: AbortSignal): Promise<Duplex> {
  // ssh2 never sets noDelay itself, and stalls 40 ms in every round trip of the authentication.
  if (!options.openSocket) return connect({ host: options.host, port: options.port, noDelay: true });
  try {
    return await options.openSocket(signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new NotYet(messageOf(error));
  }
}

async function attemptLogin(
  options: LoginOptions,
  bannerMs: number,
  signal: AbortSignal,
): Promise<Connection> {
  signal.throwIfAborted();
  const socket = await openSocket(options, signal);
  const client = new Client();
  // An error that nobody listens for would end the process; what matters is heard elsewhere.
  client.on("error", () => undefined);
  const expected = Buffer.from(options.hostPublicKey.split(" ")[1] ?? "", "base64");
  let shown: Buffer | undefined;
  let greeted = false;
  return new Promise<Connection>((resolve, reject) => {
    const fail = (error: Error) => {
      release();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(abortReason(signal));
    const onError = (error: Error) =>
      fail(shown ? hostKeyChanged(options, expected, shown) : failure(options, error));
    const onClose = () =>
      fail(new NotYet(greeted ? "the server broke off" : "the connection was closed at once"));
    const onReady = () => {
      release();
      // At once: the connection may break before whoever waits for us goes on.
      resolve({ client, socket, session: startSession(client, options.signal) });
    };
    const silent = setTimeout(
      () => fail(new NotYet("the server takes the connection but says nothing")),
      bannerMs,
    );
    const release = () => {
      clearTimeout(silent);
      signal.removeEventListener("abort", onAbort);
      client.off("ready", onReady).off("error", onError).off("close", onClose);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    socket.once("data", () => {
      greeted = true;
      clearTimeout(silent);
    });
    client.on("ready", onReady).on("error", onError).on("close", onClose);
    try {
      client.connect({
        sock: socket,
        username: options.user,
        privateKey: options.privateKey,
        authHandler: ["publickey"],
        hostVerifier: (key: Buffer) => {
          if (key.equals(expected)) return true;
          shown = key;
          return false;
        },
        // Ours bounds the whole.
        readyTimeout: 0,
        keepaliveInterval: 5_000,
        keepaliveCountMax: 3,
      });
    } catch (error) {
      // Of a key that cannot be read; the message of ssh2 holds none of it.
      fail(refused(options, `the private key cannot be used (${messageOf(error)})`, error));
    }
  });
}

const passing = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH"]);

function failure(options: LoginOptions, error: Error & { level?: string; code?: string }): Error {
  if (error.level === "client-authentication") return refused(options, "the server refuses the key", error);
  if (passing.has(error.code ?? ""))
    return new NotYet(error.code === "ECONNREFUSED" ? "refused" : error.message);
  if (/lost before handshake|closed|ended by|end of stream/i.test(error.message))
    return new NotYet(error.message);
  return new AgentError(
    "SSH_UNREACHABLE",
    `No SSH connection to ${options.host}:${options.port}: ${error.message}.`,
    { cause: error, remedy: "Another program may use the port. Restart the agent." },
  );
}

function refused(options: LoginOptions, reason: string, cause: unknown): AgentError {
  return new AgentError("SSH_AUTH", `SSH login as ${options.user} failed: ${reason}.`, {
    cause,
    remedy: "The agent's user or its authorized_keys was changed. Restart the agent, or create it again.",
  });
}

function hostKeyChanged(options: LoginOptions, expected: Buffer, shown: Buffer): AgentError {
  return new AgentError(
    "HOST_KEY_CHANGED",
    `${options.host}:${options.port} shows the host key ${fingerprintOf(shown)}, not the agent's ${fingerprintOf(expected)}: ` +
      "another server answers there, or the agent's host key was replaced.",
    { remedy: "Nothing was sent. Restart the agent; if it stays so, create the agent again." },
  );
}

async function close(client: Client, socket: Duplex): Promise<void> {
  client.end();
  // Sends what is written and does not wait for the peer's end.
  socket.end(() => socket.destroy());
  if (!socket.closed) await new Promise((resolve) => socket.once("close", resolve));
}
