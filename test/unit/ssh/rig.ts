import { lstat, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { generateKeyPair } from "../../../src/ssh/keyPair.js";
import type { SshHost } from "../../../src/ssh/sshHost.js";

const hostKey = generateKeyPair("").publicKey;

/** A host named after `name`. */
export function hostOf(name: string, change: Partial<SshHost> = {}): SshHost {
  return {
    alias: `ac-${name}`,
    agentId: `agent-${name}`,
    engine: "unix:///var/run/docker.sock",
    hostName: "127.0.0.1",
    port: 40_022,
    user: "agent",
    hostPublicKey: hostKey,
    ...change,
  };
}

/** A home folder of this test's own, removed after it. */
export async function temporaryHome(prefix = "home-"): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), prefix));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  return home;
}

/** Everything below a folder: kind, mode, and content or link target. */
export async function pictureOf(folder: string): Promise<Record<string, string>> {
  const picture: Record<string, string> = {};
  for (const entry of await readdir(folder, { recursive: true })) {
    const path = join(folder, entry);
    const facts = await lstat(path);
    const what = facts.isSymbolicLink()
      ? `-> ${await readlink(path)}`
      : facts.isDirectory()
        ? "folder"
        : (await readFile(path)).toString("base64");
    picture[entry] = `${(facts.mode & 0o7777).toString(8)} ${facts.uid}:${facts.gid} ${what}`;
  }
  return picture;
}
