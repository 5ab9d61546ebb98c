import http from "node:http";
import { Duplex } from "node:stream";
import { isAgentError } from "../model/errors.js";
import { abortReason, anySignal } from "../util/abort.js";
import type { SocketOptions, Sockets } from "./connection.js";
import { sshLost } from "./sshErrors.js";
import { openRequest } from "./openRequest.js";
import type { Way } from "./sshFarEngine.js";
import type { SshLink } from "./sshLink.js";
import type { SshEndpoint } from "./sshTarget.js";
import { readSshTarget } from "./sshTarget.js";
import { timeoutError } from "./transportErrors.js";

/** Sockets that sshd opens do not count against its MaxSessions (10); commands do, and one is left free. */
const limits = {
  socket: { pool: 16, single: Infinity },
  dial: { pool: 3, single: 5 },
} as const;

/**
 * The sockets of an engine behind SSH: channels of one connection, which is made at the first request and again at the
 * first one after it was lost; all who ask meanwhile share it.
 */
export function createSshSockets(endpoint: SshEndpoint, name: string, options: SocketOptions): Sockets {
  const { connectMs, log, ssh = {} } = options;
  const closing = new AbortController();
  let link: Promise<SshLink> | undefined;
  let current: { link: SshLink; way: Way } | undefined;

  const createConnection = () =>
    current?.link.open(current.way) ?? new Duplex({ construct: (done) => done(sshLost(name)) });
  const agent = (how: http.AgentOptions) => Object.assign(new http.Agent(how), { createConnection });
  const pool = agent({ keepAlive: true, maxFreeSockets: 4 });
  const single = agent({ keepAlive: false });

  async function open(): Promise<SshLink> {
    const late = AbortSignal.timeout(connectMs);
    const signal = anySignal(closing.signal, late);
    try {
      const begun = performance.now();
      const target = await readSshTarget(name, endpoint, ssh, log, signal);
      const { openSshLink } = await import("./sshLink.js");
      const { env = process.env, keepaliveMs = 30_000 } = ssh;
      const opened = await openSshLink({
        engine: name,
        endpoint,
        target,
        env,
        keepaliveMs,
        log,
        signal,
        timeoutMs: connectMs,
      });
      const { user, hostName, port } = target;
      log.info(
        `${name}: logged in to ${hostName}:${port} as ${user} in ${Math.round(performance.now() - begun)} ms`,
      );
      return opened;
    } catch (error) {
      if (closing.signal.aborted) throw abortReason(closing.signal);
      throw late.aborted && !isAgentError(error) ? timeoutError(name, connectMs, error) : error;
    }
  }

  function connected(): Promise<SshLink> {
    if (link) return link;
    const mine = open();
    link = mine;
    const forget = () => {
      if (link === mine) link = undefined;
    };
    mine.then(async (opened) => {
      if (closing.signal.aborted) opened.close(abortReason(closing.signal));
      const reason = await opened.lost;
      forget();
      if (current?.link === opened) current = undefined;
      if (!closing.signal.aborted) log.warn(reason.message);
    }, forget);
    return mine;
  }

  return {
    async route(pooled) {
      const opened = await connected();
      const way = await opened.way();
      current = { link: opened, way };
      pool.maxSockets = limits[way.kind].pool;
      single.maxSockets = limits[way.kind].single;
      return {
        request: openRequest,
        options: { host: "docker", agent: pooled ? pool : single },
      };
    },
    async forward(port) {
      return (await connected()).forward(port);
    },
    close(reason) {
      closing.abort(reason);
      pool.destroy();
      single.destroy();
      // A login that failed, or is ended by the signal, has nothing to close.
      link?.then((opened) => opened.close(reason)).catch(() => undefined);
    },
  };
}
