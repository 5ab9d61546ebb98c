import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { AgentError } from "../model/errors.js";
import { systemClock, type Clock } from "../util/clock.js";
import { KeyedQueue } from "../util/keyedQueue.js";
import type { Logger } from "../util/log.js";
import { hasInclude, readBlocks, replaceBlock, writeBlocks } from "./blockFiles.js";
import { editFile } from "./editFile.js";
import { ignoring } from "./fileLock.js";
import { folderPaths, forSsh, type FolderPaths } from "./folderPaths.js";
import { hostBlock, type HostBlock } from "./hostBlocks.js";
import type { SshKeyPair } from "./keyPair.js";
import { readLeaving, removeLeaving, writeLeaving, type Leaving } from "./leavingNotes.js";
import { inLockedFolder, type Guard } from "./lockedFolder.js";
import { runSsh, type RunSsh } from "./runSsh.js";
import type { SshTarget } from "../model/agent.js";
import { checkedAgentId, checkedHost, type SshHost } from "./sshHost.js";
import { refusal } from "./verdictError.js";
import { brokenAnyway, verifyHost, type Verdict, type VerifyOptions } from "./verifyHost.js";

export interface SshFolderOptions {
  /** `<home>/.ssh`; need not exist. */
  sshDir: string;
  log: Logger;
  /**
   * Whether plain `ssh` reads `<sshDir>/config`: it takes the home from the user database, not from `$HOME`. Then the
   * check asks it so, and sees the system's configuration too; otherwise it names the file with `-F`. Default false.
   */
  plainSsh?: boolean;
  runSsh?: RunSsh;
  clock?: Clock;
}

/**
 * What this product keeps below `~/.ssh`: `agent-containers/` with a key, a Host block and a known_hosts line for each
 * agent, and one Include line in the user's configuration. Any number of processes may work on it at once. Every call
 * that writes may fail with `SSH_CONFIG_UNWRITABLE` or `NO_SPACE`, and rejects with the signal's reason.
 */
export interface SshFolder {
  /** Writes the key, before the agent is there to be added. Gives the path of the private key. */
  writeKey(agentId: string, keyPair: SshKeyPair, signal?: AbortSignal): Promise<string>;
  /**
   * Writes the agent's block, or changes it, and lets ssh check it; a host that is there already with the same values
   * writes nothing. On failure, and when cancelled, all is as it was. `NAME_CONFLICT` when another agent has the
   * alias, `SPEC_INVALID` for a value that no configuration can hold.
   */
  add(host: SshHost, signal?: AbortSignal): Promise<SshTarget>;
  /** Removes block, known_hosts line and key. With the last agent everything goes that was not there before us. */
  remove(agentId: string, signal?: AbortSignal): Promise<void>;
  /**
   * Notes that an agent is about to be removed from its engine, so that a removal that is cut off is finished: `remove`
   * takes the note away too. Where nothing of ours is here, nothing is written.
   */
  leave(agent: Leaving): Promise<void>;
  /** The notes of removals that were not finished. */
  leaving(): Promise<Leaving[]>;
  /** The agent was not removed after all. */
  stays(agentId: string): Promise<void>;
  /** Everything of ours, whosever it is. */
  removeAll(signal?: AbortSignal): Promise<void>;
  /** Those whose block can be read, sorted by alias. */
  list(): Promise<SshHost[]>;
  /** Undefined when the agent has no block. */
  target(agentId: string): Promise<SshTarget | undefined>;
  /** All that have a block or a key here, sorted; for finding what is left over. */
  agentIds(): Promise<string[]>;
}

export function createSshFolder(options: SshFolderOptions): SshFolder {
  const paths = folderPaths(options.sshDir);
  const { log, clock = systemClock, plainSsh = false } = options;
  const queue = new KeyedQueue();
  const verifying: VerifyOptions = { paths, plainSsh, runSsh: options.runSsh ?? runSsh, log };
  const locked = <T>(signal: AbortSignal | undefined, work: (guard: Guard) => Promise<T>) =>
    queue.run(paths.folder, () => inLockedFolder(paths, { clock, signal }, work));

  const put = (
    host: SshHost,
    withoutProxy: boolean | undefined,
    includeOnTop: boolean,
    signal?: AbortSignal,
  ) =>
    locked(signal, (guard) => {
      const change = (before: HostBlock | undefined, others: readonly HostBlock[]) => {
        refuseTakenAlias(host, others);
        return hostBlock(host, paths, withoutProxy ?? before?.withoutProxy ?? false);
      };
      return replaceBlock(paths, host.agentId, change, { guard, log, includeOnTop });
    });

  /** Writes again what a first verdict asks for, and gives the last one. */
  const settle = async (host: SshHost, signal: AbortSignal | undefined): Promise<Verdict> => {
    let withoutProxy: boolean | undefined;
    let includeOnTop = false;
    for (;;) {
      const verdict = await verifyHost(host, { ...verifying, signal });
      if (verdict.kind === "proxied" && !withoutProxy) withoutProxy = true;
      else if (verdict.kind === "overridden" && !includeOnTop) includeOnTop = true;
      else return verdict;
      await put(host, withoutProxy, includeOnTop, signal);
    }
  };

  const add = async (host: SshHost, signal?: AbortSignal): Promise<SshTarget> => {
    const before = await put(host, undefined, false, signal);
    const putBack = () =>
      locked(undefined, (guard) => replaceBlock(paths, host.agentId, () => before, { guard, log }));
    let verdict: Verdict;
    try {
      verdict = await settle(host, signal);
    } catch (error) {
      await putBack();
      throw error;
    }
    if (verdict.kind === "good" || verdict.kind === "unknown") return targetOf(host, paths);
    await putBack();
    throw refusal(verdict, paths.userConfig, await brokenAnyway({ ...verifying, signal }));
  };

  const hasTrace = async () =>
    (await ignoring(["ENOENT", "ENOTDIR"], stat(paths.folder))) !== undefined || (await hasInclude(paths));

  const list = async () => (await readBlocks(paths)).flatMap(({ host }) => (host ? [host] : []));

  return {
    writeKey: (agentId, keyPair, signal) =>
      locked(signal, async (guard) => {
        const path = paths.key(agentId);
        await mkdir(paths.keys, { recursive: true, mode: 0o700 });
        const file = { mode: 0o600, forceMode: true, durable: true, guard };
        await editFile(path, () => Buffer.from(keyPair.privateKey), file);
        await editFile(`${path}.pub`, () => Buffer.from(`${keyPair.publicKey}\n`), file);
        return forSsh(path);
      }),

    async add(host, signal) {
      const checked = checkedHost(host);
      return queue.run(`agent ${checked.agentId}`, () => add(checked, signal));
    },

    async remove(agentId, signal) {
      const key = paths.key(checkedAgentId(agentId));
      await queue.run(`agent ${agentId}`, async () => {
        if (!(await hasTrace())) return;
        await locked(signal, async (guard) => {
          await replaceBlock(paths, agentId, () => undefined, { guard, log });
          await rm(key, { force: true });
          await rm(`${key}.pub`, { force: true });
          await removeLeaving(paths, agentId);
        });
      });
    },

    async leave(agent) {
      if (await hasTrace()) await locked(undefined, () => writeLeaving(paths, agent));
    },
    leaving: () => readLeaving(paths),
    stays: (agentId) => locked(undefined, () => removeLeaving(paths, agentId)),

    async removeAll(signal) {
      if (!(await hasTrace())) return;
      await locked(signal, async (guard) => {
        await writeBlocks(paths, [], { guard, log });
        await rm(paths.keys, { recursive: true, force: true });
      });
    },

    list,

    async target(agentId) {
      const host = (await list()).find((each) => each.agentId === agentId);
      return host && targetOf(host, paths);
    },

    async agentIds() {
      const keys = (await ignoring(["ENOENT", "ENOTDIR"], readdir(paths.keys))) ?? [];
      const owners = keys.filter((name) => !name.startsWith(".")).map((name) => name.replace(/\.pub$/, ""));
      const blocks = await readBlocks(paths);
      return [...new Set([...owners, ...blocks.map((block) => block.agentId)])].sort();
    },
  };
}

function targetOf(host: SshHost, paths: FolderPaths): SshTarget {
  return {
    alias: host.alias,
    hostName: host.hostName,
    port: host.port,
    user: host.user,
    identityFile: forSsh(paths.key(host.agentId)),
    knownHostsFile: forSsh(paths.knownHosts),
    configFile: forSsh(paths.config),
  };
}

function refuseTakenAlias(host: SshHost, others: readonly HostBlock[]): void {
  if (!others.some((block) => block.host?.alias === host.alias)) return;
  throw new AgentError("NAME_CONFLICT", `The SSH alias ${host.alias} belongs to another agent.`, {
    remedy: "Take another name, or remove the other agent.",
  });
}
