import { lstat, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import { folderEntries, type CopyOptions } from "./copyWorkspace.js";
import type { GitOptions } from "./git.js";
import { readAgentIgnore, type IgnoreRules } from "./ignoreRules.js";
import type { TarEntry } from "./packTar.js";
import { readSource } from "./readSource.js";
import {
  nestedRepository,
  openRepository,
  repositoryError,
  type CloneSource,
  type Repository,
} from "./repository.js";
import { listObjects, objectStores } from "./repositoryObjects.js";
import {
  enumerateFiles,
  exportIndex,
  readGitFiles,
  readRefs,
  readSettings,
  type GitFile,
} from "./repositoryState.js";
import { baseRef, commitStart, startRef } from "./startCommit.js";

/** What a clone needs beside what a copy needs. */
export type CloneOptions = CopyOptions & { git: GitOptions };

/** One repository of a clone, read up to its objects. */
interface Captured {
  /** Relative to the workspace; empty for the workspace's own. */
  path: string;
  files: GitFile[];
  /** Where its objects are. */
  stores: string[];
}

/**
 * A git repository as entries for an archive, for the workspace mode `clone` (SPEC W2): its whole history, branch, index
 * and stashes, and its files exactly as they are, untracked ones included; repositories inside it (submodules) likewise.
 * Ignored files stay here, but for what `.agentignore` brings back. Its `.git` is made anew: no hooks, no logins
 * (`renderCloneConfig`), nothing borrowed from other folders. `baseRef` and `startRef` tell what it began with.
 *
 * Beside the repository a folder for temporary files is used, and removed at the end; the repository is only read. Fails
 * as `folderEntries` does, and with `WORKSPACE_INVALID` when git cannot read it.
 */
export async function* cloneEntries(source: CloneSource, options: CloneOptions): AsyncGenerator<TarEntry> {
  const temporary = await mkdtemp(join(tmpdir(), "agent-containers-clone-"));
  try {
    const capture = new Capture(options, temporary, await readAgentIgnore(source.root));
    // An image may have been pulled since it was looked at: HEAD can be another one.
    await capture.take(await openRepository(source.root, options.git), "");
    const total = { bytes: 0, files: 0 };
    for (const repository of capture.captured) yield* gitEntries(repository, options, total);
    const { bytes, files } = total;
    const onProgress: CopyOptions["onProgress"] = (more, count) =>
      options.onProgress?.(bytes + more, files + count);
    yield* folderEntries(source.root, { ...options, onProgress, rules: capture.rules });
  } catch (error) {
    throw repositoryError(source.root, error);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

class Capture {
  readonly captured: Captured[] = [];
  /** Paths that git ignores, relative to the workspace. */
  private readonly ignored = new Set<string>();

  constructor(
    private readonly options: CloneOptions,
    private readonly temporary: string,
    private readonly agentIgnore: Awaited<ReturnType<typeof readAgentIgnore>>,
  ) {}

  /** Reads a repository and those in it: first what names objects, so that all of these are there afterwards. */
  async take(repository: Repository, path: string): Promise<void> {
    const { options } = this;
    const at = (inside: string) => posix.join(path, inside);
    const folder = join(this.temporary, String(this.captured.length));
    const index = `${folder}-index`;
    // Its place is taken before the next one looks for its own.
    const captured: Captured = { path, files: [], stores: [] };
    this.captured.push(captured);

    const [found, settings, indexTime] = await Promise.all([
      enumerateFiles(repository),
      readSettings(repository),
      exportIndex(repository, index),
    ]);
    for (const name of found.ignored) this.ignored.add(at(name).replace(/\/$/, ""));
    const nested = await this.takeNested(repository, path, found);
    const isOut = (inside: string) => this.isOut(at(inside));
    const untracked = found.untracked.filter((name) => !nested.without.has(name));
    const gitFolder = posix.join(options.target, path, ".git");
    const gitFiles = await readGitFiles(repository, settings, gitFolder, options.git.homeDir);
    const files = { ...found, untracked };
    const request = { files, settings, gitFiles, folder, index, isOut };
    const { commit, objects } = await commitStart(repository, request);

    const away = found.tracked.filter(isOut);
    if (away.length > 0 && indexTime) {
      // What the agent does not get must not look deleted.
      const input = away.map((name) => `${name}\0`).join("");
      const env = { GIT_INDEX_FILE: index };
      await repository.git(["update-index", "--skip-worktree", "-z", "--stdin"], { env, input });
    }
    const own = { ...(repository.head !== undefined && { [baseRef]: repository.head }), [startRef]: commit };
    captured.files = [
      ...(await readRefs(repository, own)),
      ...gitFiles,
      ...(indexTime ? [{ path: "index", content: await readFile(index), mtime: indexTime }] : []),
    ];
    captured.stores = [...(await objectStores(join(repository.commonDir, "objects"))), objects];
  }

  /** `without`: those that no commit can name, because they have none. */
  private async takeNested(
    repository: Repository,
    path: string,
    found: { submodules: readonly string[]; untracked: readonly string[] },
  ): Promise<{ without: Set<string> }> {
    const without = new Set<string>();
    const skip = (name: string, reason: string) => this.options.onSkip?.(posix.join(path, name), reason);
    for (const name of [...found.submodules, ...found.untracked.filter((name) => name.endsWith("/"))]) {
      const plain = name.replace(/\/$/, "");
      if (this.isOut(posix.join(path, plain))) continue;
      const nested = await nestedRepository(repository.root, plain, this.options.git);
      if (nested) await this.take(nested, posix.join(path, plain));
      else if (name === plain) skip(name, "the submodule is not initialised here");
      else skip(`${name}.git`, "git cannot read that repository; its files come along");
      if (nested?.head === undefined) without.add(name);
    }
    return { without };
  }

  private isOut(path: string): boolean {
    const { mountedOver = new Set<string>() } = this.options;
    if (this.agentIgnore.ignores(path)) return true;
    for (let at = path; at !== "."; at = posix.dirname(at)) if (mountedOver.has(at)) return true;
    return false;
  }

  readonly rules: IgnoreRules = {
    leavesOut: (path, isFolder) => {
      // Each repository's own comes separately; another .git is none.
      if (posix.basename(path).toLowerCase() === ".git") return true;
      const { ignored, unignored } = this.agentIgnore.test(isFolder ? `${path}/` : path);
      return ignored || (this.ignored.has(path) && !unignored);
    },
    inside: () => Promise.resolve(this.rules),
  };
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

/** The `.git` folder of a captured repository. */
async function* gitEntries(
  { path, files, stores }: Captured,
  options: CloneOptions,
  total: { bytes: number; files: number },
): AsyncGenerator<TarEntry> {
  const { uid, gid, signal, onProgress } = options;
  const gitFolder = posix.join(options.target, path, ".git").replace(/^\/+/, "");
  const folders = new Set<string>();
  function* folderOf(inside: string): Generator<TarEntry> {
    if (folders.has(inside)) return;
    folders.add(inside);
    if (inside !== ".") yield* folderOf(posix.dirname(inside));
    yield { type: "directory", path: posix.join(gitFolder, inside), mode: 0o755, uid, gid };
  }
  for (const folder of ["refs/heads", "refs/tags", "objects/info", "objects/pack", "hooks"])
    yield* folderOf(folder);
  for (const file of files) {
    yield* folderOf(posix.dirname(file.path));
    const { mtime, content } = file;
    yield { type: "file", path: posix.join(gitFolder, file.path), mode: 0o644, uid, gid, mtime, content };
  }

  const taken = new Set<string>();
  const count = (more: number) => onProgress?.((total.bytes += more), total.files);
  async function* counted(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      count(chunk.length);
      yield chunk;
    }
  }
  // A repack meanwhile moves objects: the new place is there before the old one goes, so that looking again finds it.
  for (let more = true; more;) {
    more = false;
    for (const found of (await Promise.all(stores.map(listObjects))).flat()) {
      if (taken.has(found.path)) continue;
      signal?.throwIfAborted();
      const full = join(found.folder, found.path);
      const file = await readSource(full, () => undefined).catch(unlessMissing);
      const stats = file && (await lstat(full).catch(unlessMissing));
      if (!file) continue;
      taken.add(found.path);
      total.files += 1;
      more = true;
      const inside = `objects/${found.path}`;
      yield* folderOf(posix.dirname(inside));
      const named = { path: posix.join(gitFolder, inside), mode: 0o444, uid, gid, mtime: stats?.mtime };
      if ("content" in file) count(file.content.length);
      yield "content" in file
        ? { ...named, type: "file", ...file }
        : { ...named, type: "file", size: file.size, chunks: counted(file.chunks) };
    }
  }
}
