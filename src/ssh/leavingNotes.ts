import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ignoring } from "./fileLock.js";
import type { FolderPaths } from "./folderPaths.js";
import { checkedAgentId } from "./sshHost.js";

/** An agent that is being removed. */
export interface Leaving {
  agentId: string;
  name: string;
  /** The name of its engine. */
  engine: string;
  /** Who removes it: a mark that tells whether they are still at it. */
  owner: string;
  /** Milliseconds since 1970. */
  since: number;
}

// With a dot, so that it is no key.
const prefix = ".leaving-";
const notePath = (paths: FolderPaths, agentId: string) => join(paths.keys, prefix + checkedAgentId(agentId));

/** Writes that the agent is about to be removed. Called under the lock. */
export async function writeLeaving(paths: FolderPaths, agent: Leaving): Promise<void> {
  await mkdir(paths.keys, { recursive: true, mode: 0o700 });
  await writeFile(notePath(paths, agent.agentId), JSON.stringify(agent), { mode: 0o600 });
}

/** Takes the note away. Called under the lock. */
export async function removeLeaving(paths: FolderPaths, agentId: string): Promise<void> {
  await rm(notePath(paths, agentId), { force: true });
}

/** The notes that are there; one that was not written to its end says nothing, and was written before anything else. */
export async function readLeaving(paths: FolderPaths): Promise<Leaving[]> {
  const names = (await ignoring(["ENOENT", "ENOTDIR"], readdir(paths.keys))) ?? [];
  const texts = await Promise.all(
    names
      .filter((name) => name.startsWith(prefix))
      .map((name) => ignoring(["ENOENT"], readFile(join(paths.keys, name), "utf8"))),
  );
  return texts.flatMap((text) => parse(text) ?? []);
}

function parse(text: string | undefined): Leaving | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isLeaving(value) ? value : undefined;
  } catch {
    // Cut off while it was written.
    return undefined;
  }
}

function isLeaving(value: unknown): value is Leaving {
  return (
    typeof value === "object" &&
    value !== null &&
    "since" in value &&
    typeof value.since === "number" &&
    ["agentId", "name", "engine", "owner"].every(
      (key) => typeof (value as Record<string, unknown>)[key] === "string",
    )
  );
}
