import { readFile, stat, unlink, writeFile } from "node:fs/promises";
import { messageOf } from "../model/errors.js";
import type { Logger } from "../util/log.js";
import { editFile, type EditOptions } from "./editFile.js";
import { ignoring } from "./fileLock.js";
import { forSsh, type FolderPaths } from "./folderPaths.js";
import { parseBlocks, renderBlocks, renderKnownHosts, type HostBlock } from "./hostBlocks.js";
import type { Guard } from "./lockedFolder.js";
import { isIncluded, withInclude, withoutInclude } from "./userInclude.js";

export interface WriteOptions {
  /** See `inLockedFolder`. */
  guard: Guard;
  log: Logger;
  /** Moves our Include to the very top, also when it stands in a good place. */
  includeOnTop?: boolean;
}

/** The blocks of our file; none when there is no file. */
export async function readBlocks(paths: FolderPaths): Promise<HostBlock[]> {
  return parseBlocks((await ignoring(["ENOENT", "ENOTDIR"], readFile(paths.config, "utf8"))) ?? "");
}

/**
 * Makes our files say `blocks`, and the user's file include them, or neither when there are none. Called under the
 * lock. The Include comes first, because it fails first and does no harm without our file. `SSH_CONFIG_UNWRITABLE`.
 */
export async function writeBlocks(
  paths: FolderPaths,
  blocks: readonly HostBlock[],
  options: WriteOptions,
): Promise<void> {
  if (blocks.length === 0) {
    await removeInclude(paths, options);
    await ignoring(["ENOENT"], unlink(paths.config));
    await ignoring(["ENOENT"], unlink(paths.knownHosts));
    return;
  }
  await addInclude(paths, options);
  const ours: EditOptions = { mode: 0o600, forceMode: true, durable: false, guard: options.guard };
  await editFile(paths.knownHosts, () => Buffer.from(renderKnownHosts(blocks)), ours);
  await editFile(paths.config, () => Buffer.from(renderBlocks(blocks)), ours);
}

/**
 * Puts what `change` gives in the place of the agent's block, or takes that away where it gives undefined; all is as
 * it was when this fails. Called under the lock. Gives what was there before.
 */
export async function replaceBlock(
  paths: FolderPaths,
  agentId: string,
  change: (before: HostBlock | undefined, others: readonly HostBlock[]) => HostBlock | undefined,
  options: WriteOptions,
): Promise<HostBlock | undefined> {
  const all = await readBlocks(paths);
  const before = all.find((block) => block.agentId === agentId);
  const others = all.filter((block) => block !== before);
  const after = change(before, others);
  try {
    await writeBlocks(paths, after ? [...others, after] : others, options);
  } catch (error) {
    await writeBlocks(paths, all, { ...options, includeOnTop: false }).catch((second: unknown) =>
      options.log.error(`The SSH configuration could not be put back: ${messageOf(second)}`),
    );
    throw error;
  }
  return before;
}

/** Whether the user's file has our line, so that there is something to remove. */
export async function hasInclude(paths: FolderPaths): Promise<boolean> {
  const text = (await ignoring(["ENOENT", "ENOTDIR"], readFile(paths.userConfig, "latin1"))) ?? "";
  return withoutInclude(text, forSsh(paths.config)) !== text;
}

async function addInclude(paths: FolderPaths, options: WriteOptions): Promise<void> {
  const isNew = (await ignoring(["ENOENT"], stat(paths.userConfig))) === undefined;
  // Before the file, so that a crash between the two does not leave an empty file behind for ever.
  if (isNew) await writeFile(paths.madeUserConfig, "", { mode: 0o600 });
  const path = forSsh(paths.config);
  const add = (before: Buffer | undefined) => {
    const text = before?.toString("latin1") ?? "";
    const done = isIncluded(text, path) && !options.includeOnTop;
    return before && done ? before : Buffer.from(withInclude(text, path), "latin1");
  };
  const { before } = await editFile(paths.userConfig, add, {
    mode: 0o600,
    durable: true,
    guard: options.guard,
  });
  if (isNew && before) await ignoring(["ENOENT"], unlink(paths.madeUserConfig));
}

async function removeInclude(paths: FolderPaths, { guard, log }: WriteOptions): Promise<void> {
  const made = (await ignoring(["ENOENT"], stat(paths.madeUserConfig))) !== undefined;
  const strip = (before: Buffer | undefined) => {
    if (!before) return undefined;
    const rest = Buffer.from(withoutInclude(before.toString("latin1"), forSsh(paths.config)), "latin1");
    return made && rest.length === 0 ? undefined : rest;
  };
  try {
    await editFile(paths.userConfig, strip, { mode: 0o600, durable: true, guard });
    await ignoring(["ENOENT"], unlink(paths.madeUserConfig));
  } catch (error) {
    // An agent can be destroyed all the same: ssh passes over an Include whose file is not there.
    log.warn(`The Include line of Agent Containers stays in ${paths.userConfig}: ${messageOf(error)}`);
  }
}
