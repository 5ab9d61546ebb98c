import { messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import { forSsh, type FolderPaths } from "./folderPaths.js";
import type { RunSsh } from "./runSsh.js";
import type { SshHost } from "./sshHost.js";

/** What ssh makes of our host under the user's whole configuration. */
export type Verdict =
  | { kind: "good" }
  /** There is no `ssh`, or it did not end. */
  | { kind: "unknown" }
  /** A proxy of the user's catches our host. */
  | { kind: "proxied" }
  /** ssh refuses the configuration; `reason` is its own line, with file and line number. */
  | { kind: "broken"; reason: string }
  /** Something stands above our line and wins. */
  | { kind: "overridden"; directive: string; wanted: string; found: string };

export interface VerifyOptions {
  paths: FolderPaths;
  /** Whether plain `ssh` reads `paths.userConfig`, so that the system's own file counts too. */
  plainSsh: boolean;
  runSsh: RunSsh;
  log: Logger;
  signal?: AbortSignal;
}

/** Asks `ssh -G` once. Rejects only with the signal's reason. */
export async function verifyHost(host: SshHost, options: VerifyOptions): Promise<Verdict> {
  const outcome = await evaluate(host.alias, options);
  if (!outcome) return { kind: "unknown" };
  if (outcome.exitCode !== 0) return { kind: "broken", reason: reasonOf(outcome.stderr) };
  const found = parse(outcome.stdout);
  for (const [directive, wanted] of Object.entries(expected(host, options.paths))) {
    // Where a directive may be given many times, as IdentityFile, ours must be the first.
    const first = found.get(directive)?.[0] ?? "";
    if (!same(first, wanted)) return { kind: "overridden", directive, wanted, found: first };
  }
  // Ours stands above whatever the user's `Host *` has.
  if (host.proxyJump) return { kind: "good" };
  const proxied = ["proxycommand", "proxyjump"].some((key) => (found.get(key)?.[0] ?? "none") !== "none");
  return proxied ? { kind: "proxied" } : { kind: "good" };
}

/** Why ssh refuses the user's configuration for a host that is not ours; undefined when it takes it. */
export async function brokenAnyway(options: VerifyOptions): Promise<string | undefined> {
  const outcome = await evaluate("agent-containers-check.invalid", options);
  return outcome && outcome.exitCode !== 0 ? reasonOf(outcome.stderr) : undefined;
}

async function evaluate(alias: string, { paths, plainSsh, runSsh, log, signal }: VerifyOptions) {
  try {
    const outcome = await runSsh(
      ["-G", ...(plainSsh ? [] : ["-F", forSsh(paths.userConfig)]), alias],
      signal,
    );
    if (!outcome) log.info("There is no ssh program, so that the SSH configuration was not checked.");
    return outcome;
  } catch (error) {
    signal?.throwIfAborted();
    log.warn(`The SSH configuration was not checked: ${messageOf(error)}`);
    return undefined;
  }
}

function expected(host: SshHost, paths: FolderPaths): Record<string, string> {
  return {
    hostname: host.hostName,
    port: String(host.port),
    user: host.user,
    identityfile: forSsh(paths.key(host.agentId)),
    identitiesonly: "yes",
    ...(host.proxyJump && { proxyjump: host.proxyJump }),
    hostkeyalias: host.alias,
    userknownhostsfile: forSsh(paths.knownHosts),
    stricthostkeychecking: "yes",
  };
}

/** ssh writes `true` for `yes` in some versions, and host names in lower case. */
function same(found: string, wanted: string): boolean {
  const plain = (value: string) => value.replace(/^"(.*)"$/, "$1").replace(/^true$/, "yes");
  return plain(found) === plain(wanted) || plain(found) === wanted.toLowerCase();
}

function parse(stdout: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of stdout.split(/\r?\n/)) {
    const [, key, value] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    found.set(key, [...(found.get(key) ?? []), value]);
  }
  return found;
}

function reasonOf(stderr: string): string {
  const lines = stderr.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("Pseudo-terminal"));
  return (lines.find((line) => /line \d+|Bad owner/i.test(line)) ?? lines[0] ?? "ssh gave no reason").slice(
    0,
    500,
  );
}
