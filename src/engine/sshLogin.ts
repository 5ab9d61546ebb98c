import { Client } from "ssh2";
import { messageOf } from "../model/errors.js";
import { abortReason } from "../util/abort.js";
import type { Logger } from "../util/log.js";
import { sshHostKeyChanged, sshHostKeyUnknown, sshRefused, sshUnreachable } from "./sshErrors.js";
import { readIdentities } from "./sshIdentities.js";
import {
  findPinnedKeys,
  hostKeyAlgorithms,
  hostKeyFingerprint,
  judgeHostKey,
  knownHostsName,
} from "./sshKnownHosts.js";
import { openSshSocket } from "./sshSocket.js";
import type { SshEndpoint, SshTarget } from "./sshTarget.js";

// Needs ssh2: reached by `await import("./sshLink.js")` only, so that a bundle keeps it in a chunk of its own.

export interface SshLoginOptions {
  /** The endpoint as text, for messages. */
  engine: string;
  endpoint: SshEndpoint;
  target: SshTarget;
  env: NodeJS.ProcessEnv;
  keepaliveMs: number;
  log: Logger;
  /** Ends an attempt that takes too long. */
  signal: AbortSignal;
}

/** Questions without an answer after which a peer is given up. */
const keepaliveCountMax = 2;

/**
 * One authenticated connection to the host, whose key was checked against known_hosts. `HOST_KEY_CHANGED`, `SSH_AUTH`,
 * `ENGINE_UNREACHABLE`; the signal's reason. `end` closes the socket without a wait.
 */
export async function loginToHost(options: SshLoginOptions): Promise<{ client: Client; end: () => void }> {
  const { engine, target, env, signal, log } = options;
  const [pins, identities] = await Promise.all([
    findPinnedKeys(engine, target, env, signal),
    readIdentities(target),
  ]);
  signal.throwIfAborted();
  const client = new Client();
  const { stream, words } = openSshSocket(target, env);
  let refusedKey: Error | undefined;

  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      signal.removeEventListener("abort", onAbort);
      stream.destroy();
      reject(error);
    };
    const onAbort = () => fail(abortReason(signal));
    const onError = (error: Error & { level?: string }) => {
      // An agent that does not answer leaves the keys in files.
      if (error.level === "agent") {
        identities.notes.push(`the keys of ssh-agent (${messageOf(error)})`);
        log.warn(
          `${engine}: the ssh-agent at ${target.agentSocket ?? ""} gives no keys: ${messageOf(error)}`,
        );
      } else fail(refusedKey ?? loginError(options, error, words(), identities.notes));
    };
    const onClose = () =>
      fail(loginError(options, new Error("the host broke off"), words(), identities.notes));
    signal.addEventListener("abort", onAbort, { once: true });
    // Stays, so that an error that comes between two listeners does not end the process.
    client.on("error", () => undefined);
    client.on("error", onError).on("close", onClose);
    client.once("ready", () => {
      signal.removeEventListener("abort", onAbort);
      client.off("error", onError).off("close", onClose);
      resolve({ client, end: () => stream.destroy() });
    });
    client.connect({
      sock: stream,
      username: target.user,
      authHandler: identities.methods,
      algorithms: { serverHostKey: hostKeyAlgorithms(pins, target.hostKeyAlgorithms) },
      hostVerifier: (key: Buffer) => {
        const verdict = judgeHostKey(key, pins);
        if (verdict === "known") return true;
        const shown = hostKeyFingerprint(key);
        refusedKey =
          verdict === "unknown"
            ? sshHostKeyUnknown(engine, sshCommand(options.endpoint), shown)
            : sshHostKeyChanged(engine, knownHostsName(target), shown, verdict === "revoked");
        return false;
      },
      // Servers other than OpenSSH know its channels, too; one that does not says so.
      strictVendor: false,
      // The signal bounds the whole.
      readyTimeout: 0,
      keepaliveInterval: options.keepaliveMs,
      keepaliveCountMax,
    });
  });
}

/** What the user types to reach the same host. */
function sshCommand({ host, port, user }: SshEndpoint): string {
  return `ssh ${port ? `-p ${port} ` : ""}${user ? `${user}@` : ""}${host}`;
}

const network: Readonly<Record<string, string>> = {
  ECONNREFUSED: "refuses the connection",
  ENOTFOUND: "is not known",
  EAI_AGAIN: "cannot be looked up now",
  EHOSTUNREACH: "cannot be reached from here",
  ENETUNREACH: "cannot be reached from here",
  ETIMEDOUT: "does not answer",
  ECONNRESET: "broke off",
};

function loginError(
  { engine, target }: SshLoginOptions,
  error: Error & { level?: string; code?: unknown },
  proxyWords: string,
  notes: readonly string[],
): Error {
  const { user, hostName, port, proxy } = target;
  if (error.level === "client-authentication" || /too many authentication/i.test(error.message)) {
    return sshRefused(engine, user, notes, error);
  }
  const check = "Try ssh with the same address in a terminal.";
  if (proxy) {
    const via = `${proxy.file} ${proxy.args.at(-1) ?? ""}`;
    if (/permission denied \(/i.test(proxyWords))
      return sshRefused(`${engine} (by way of ${via})`, user, notes, error);
    if (proxyWords.includes("IDENTIFICATION HAS CHANGED")) {
      return sshHostKeyChanged(engine, via, "of a jump host", false);
    }
    const last = proxyWords.split(/\r?\n/).at(-1);
    return sshUnreachable(engine, `its proxy "${via}" failed${last ? ` (${last})` : ""}`, check, error);
  }
  const known = network[String(error.code)];
  const why = known ? `${hostName}:${port} ${known}` : `${hostName}:${port}: ${error.message}`;
  return sshUnreachable(engine, why, `Check that the host is up and runs sshd. ${check}`, error);
}
