import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { sshUnreachable } from "./sshErrors.js";
import { runProgram } from "./sshProgram.js";
import type { SshTarget } from "./sshTarget.js";

/** A host key that known_hosts holds. */
export interface PinnedKey {
  /** `ssh-ed25519`, `ssh-rsa` … */
  type: string;
  /** The public key, as SSH sends it. */
  key: Buffer;
  revoked: boolean;
  /** It was found under the host's name alone, which says little of a server on another port than 22. */
  portless?: boolean;
}

/** The name of a host in known_hosts: what `ssh-keygen -R` takes, too. */
export function knownHostsName({ hostName, port, hostKeyAlias }: SshTarget): string {
  const name = (hostKeyAlias ?? hostName).toLowerCase();
  return hostKeyAlias !== undefined || port === 22 ? name : `[${name}]:${port}`;
}

/**
 * All keys that the user's and the system's known_hosts files hold for the host. `ssh-keygen` finds them, which knows
 * hashed names and patterns. Lines of certificate authorities are left out: we take no host certificates.
 * Throws `ENGINE_UNREACHABLE` where there is no ssh-keygen: a key that cannot be checked is not accepted.
 */
export async function findPinnedKeys(
  engine: string,
  target: SshTarget,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<PinnedKey[]> {
  const files = target.knownHostsLines.flatMap(splitFiles);
  const find = async (name: string) => {
    const found = await Promise.all(
      files.map(async (file) => {
        const outcome = await runProgram("ssh-keygen", ["-F", name, "-f", file], env, signal);
        if (outcome) return parsePinnedKeys(outcome.stdout);
        throw sshUnreachable(
          engine,
          "there is no ssh-keygen program, so that its host key cannot be checked",
          "Install the OpenSSH client.",
        );
      }),
    );
    return found.flat();
  };
  const name = knownHostsName(target);
  const pins = await find(name);
  if (pins.length > 0 || !name.startsWith("[")) return pins;
  // As OpenSSH does: a key of the host without its port will do, but another one there says nothing of this port.
  const plain = await find(target.hostName.toLowerCase());
  return plain.map((pin) => ({ ...pin, portless: true }));
}

/** Paths in one line of `ssh -G`, which does not quote those with blanks: the longest that exist are taken. */
function splitFiles(line: string): string[] {
  const words = line.split(" ").filter(Boolean);
  const files: string[] = [];
  for (let begin = 0; begin < words.length;) {
    let end = words.length;
    while (end > begin && !existsSync(words.slice(begin, end).join(" "))) end -= 1;
    if (end > begin) files.push(words.slice(begin, end).join(" "));
    begin = Math.max(end, begin + 1);
  }
  return files;
}

/** The lines that `ssh-keygen -F` prints. */
export function parsePinnedKeys(text: string): PinnedKey[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const words = line.trim().split(/\s+/);
    const marker = words[0]?.startsWith("@") ? words.shift() : undefined;
    const [host, type, key] = words;
    if (!host || host.startsWith("#") || !type || !key || marker === "@cert-authority") return [];
    return [{ type, key: Buffer.from(key, "base64"), revoked: marker === "@revoked" }];
  });
}

export type Verdict = "known" | "unknown" | "changed" | "revoked";

/** What known_hosts says of the key that a host shows. */
export function judgeHostKey(shown: Buffer, pins: readonly PinnedKey[]): Verdict {
  const same = pins.filter(({ key }) => key.equals(shown));
  if (same.some(({ revoked }) => revoked)) return "revoked";
  if (same.length > 0) return "known";
  return pins.some(({ revoked, portless }) => !revoked && !portless) ? "changed" : "unknown";
}

/** `SHA256:…`, as ssh shows it. */
export function hostKeyFingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** What ssh2 can do, in its own order of preference. */
const supported = [
  ["ssh-ed25519", "ssh-ed25519"],
  ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"],
  ["ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384"],
  ["ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521"],
  ["rsa-sha2-512", "ssh-rsa"],
  ["rsa-sha2-256", "ssh-rsa"],
  ["ssh-rsa", "ssh-rsa"],
] as const;

export type HostKeyAlgorithm = (typeof supported)[number][0];

/**
 * The algorithms to offer, those of pinned keys first, as OpenSSH does: a host that has several keys would else show
 * one that nobody has pinned. `allowed` is the user's HostKeyAlgorithms; empty allows all.
 */
export function hostKeyAlgorithms(
  pins: readonly PinnedKey[],
  allowed: readonly string[],
): HostKeyAlgorithm[] {
  const pinned = new Set(pins.filter(({ revoked }) => !revoked).map(({ type }) => type));
  const usable = supported.filter(([algorithm]) => allowed.length === 0 || allowed.includes(algorithm));
  const isPinned = ([, type]: (typeof supported)[number]) => pinned.has(type);
  return [...usable.filter(isPinned), ...usable.filter((one) => !isPinned(one))].map(
    ([algorithm]) => algorithm,
  );
}
