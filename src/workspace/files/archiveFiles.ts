import { randomBytes } from "node:crypto";
import { posix } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { AgentError, isAgentError, toAgentError } from "../../model/errors.js";
import type { FileEntry } from "../../model/fileEntry.js";
import type { Engine } from "../../ports/engine.js";
import { packTar, type TarEntry } from "../packTar.js";
import type { ContainerFiles } from "./containerFiles.js";
import { eachFile, groupedByFolder } from "./eachFile.js";
import { fileProblem } from "./fileErrors.js";
import { rerooted } from "./rerooted.js";
import { withSpool } from "./spool.js";
import { tarEntries, tarHead, type TarHead } from "./tarHeads.js";

/** As many as Linux follows. */
const maxLinks = 40;
/** A file up to this size is sent in one piece, so that the engine never has a part of it. */
const smallBytes = 2 ** 20;

/** As many files are read one by one in the time in which an engine gives a folder of some size. */
const manyFiles = 20;

/** One thing as every door shows it. */
function entryOf({ name, kind, sizeBytes, mode, modifiedMs, linkTarget }: TarHead): FileEntry {
  return { name, kind, sizeBytes, mode, modifiedMs, ...(linkTarget !== undefined && { linkTarget }) };
}

async function* only(...entries: TarEntry[]): AsyncGenerator<TarEntry> {
  yield* await Promise.resolve(entries);
}

/**
 * The files of a container that does not run, through the engine's archives: as root, and without what only exists
 * while it runs (tmpfs, /proc). The engine has no verb for removing; see `remove`.
 */
export function archiveFiles(engine: Engine, id: string, signal?: AbortSignal): ContainerFiles {
  const archiveOf = async (path: string) => {
    try {
      return await engine.getArchive(id, path, signal);
    } catch (error) {
      throw isAgentError(error, "NOT_FOUND") ? fileProblem("NOT_FOUND", path) : error;
    }
  };

  /** The first header, after which the archive is given up. */
  const head = async (path: string): Promise<TarHead> => {
    for await (const entry of tarEntries(await archiveOf(path))) {
      return { ...tarHead(entry.header), name: posix.basename(path) };
    }
    throw fileProblem("NOT_FOUND", path);
  };
  const find = async (path: string): Promise<TarHead | undefined> => {
    try {
      return await head(path);
    } catch (error) {
      if (isAgentError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  };

  /** What `path` leads to, and where that is. */
  const follow = async (path: string): Promise<{ path: string; found: TarHead }> => {
    for (let links = 0; links < maxLinks; links += 1) {
      const found = await head(path);
      if (found.linkTarget === undefined) return { path, found };
      path = posix.resolve(posix.dirname(path), found.linkTarget);
    }
    throw fileProblem("NOT_FOUND", path);
  };

  const put = async (folder: string, entries: AsyncIterable<TarEntry>) => {
    try {
      await engine.putArchive(id, folder, packTar(entries, signal), signal);
    } catch (error) {
      throw isAgentError(error, "NOT_FOUND") ? fileProblem("NOT_FOUND", folder) : error;
    }
  };

  /** The nearest folder above that is there, and the names of those that are not. */
  const above = async (path: string): Promise<{ folder: string; owner: TarHead; missing: string[] }> => {
    const missing: string[] = [];
    for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
      const found = await find(folder);
      if (!found) {
        missing.unshift(posix.basename(folder));
        continue;
      }
      const real = found.kind === "symlink" ? (await follow(folder)).found : found;
      if (real.kind !== "folder") throw fileProblem("NOT_FOLDER", folder);
      return { folder, owner: real, missing };
    }
  };

  /** Where something new goes: the folder of the archive, the path in it, and the folders to be made. */
  const placeFor = async (path: string, parents: boolean) => {
    const { folder, owner, missing } = await above(path);
    if (missing.length > 0 && !parents) throw fileProblem("NOT_FOUND", posix.dirname(path));
    const own = { uid: owner.uid, gid: owner.gid };
    const made = missing.map((_, index): TarEntry => {
      return { type: "directory", path: missing.slice(0, index + 1).join("/"), mode: 0o755, ...own };
    });
    return { folder, own, made, name: [...missing, posix.basename(path)].join("/") };
  };

  /**
   * Before the engine writes an entry, it removes what has its name (moby, pkg/archive, `Unpack`). An entry that can
   * be no hard link, because what it leads to is not there, leaves it at that. Whether it is gone is looked at.
   */
  const erase = async (path: string) => {
    const none = `.agent-containers-${randomBytes(16).toString("hex")}`;
    const entry = {
      type: "link",
      path: posix.basename(path),
      linkTarget: none,
      mode: 0,
      uid: 0,
      gid: 0,
    } as const;
    let refusal: AgentError | undefined;
    try {
      await put(posix.dirname(path), only(entry));
    } catch (error) {
      refusal = toAgentError(error);
    }
    signal?.throwIfAborted();
    if (!(await find(path))) return;
    throw refusal ?? new AgentError("UNSUPPORTED", `${path} cannot be removed while the agent does not run.`);
  };

  const files: ContainerFiles = {
    async list(path) {
      const { path: real, found } = await follow(path);
      if (found.kind !== "folder") throw fileProblem("NOT_FOLDER", path);
      const children: TarHead[] = [];
      let root: string | undefined;
      for await (const entry of tarEntries(await archiveOf(real))) {
        const child = tarHead(entry.header);
        root ??= child.path;
        const within = posix.relative(root, child.path);
        if (within !== "" && !within.includes("/")) children.push(child);
        entry.resume();
      }
      const byName = new Map(children.map((child) => [child.name, child]));
      const result: FileEntry[] = [];
      for (const child of children) {
        // The size is where its first name is.
        const full = child.hardLink ? await head(posix.join(real, child.name)) : child;
        const target = byName.get((child.linkTarget ?? "").replace(/^\.\//, ""));
        const targetKind = target && target.kind !== "symlink" ? target.kind : undefined;
        result.push({ ...entryOf(full), ...(targetKind && { targetKind }) });
      }
      return result;
    },

    async stat(path, followed = false) {
      if (followed) return { ...entryOf((await follow(path)).found), name: posix.basename(path) };
      const found = await head(path);
      if (found.kind !== "symlink") return entryOf(found);
      const target = await follow(path).catch((error: unknown) => {
        if (isAgentError(error, "NOT_FOUND")) return undefined;
        throw error;
      });
      return { ...entryOf(found), ...(target && { targetKind: target.found.kind }) };
    },

    async read(path, sink) {
      for (let links = 0; links < maxLinks; links += 1) {
        for await (const entry of tarEntries(await archiveOf(path))) {
          const found = tarHead(entry.header);
          if (found.linkTarget !== undefined) {
            path = posix.resolve(posix.dirname(path), found.linkTarget);
            break;
          }
          if (found.kind === "folder") throw fileProblem("IS_FOLDER", path);
          if (found.kind !== "file") throw fileProblem("UNSUPPORTED", path);
          await pipeline(Readable.from(entry), sink, { end: false, signal });
          return;
        }
      }
      throw fileProblem("NOT_FOUND", path);
    },

    async readFiles(paths, each) {
      if (paths.length < manyFiles) return;
      for (const { folder, paths: group } of groupedByFolder(paths)) {
        let root: string | undefined;
        const pathOf = (name: string) => {
          root ??= name;
          return posix.join(folder, name.slice(root.length));
        };
        await eachFile(group, pathOf, (sink) => files.readTree(folder, sink), each);
      }
    },
    async write(path, content, { mode = 0o644, parents, overwrite }) {
      let there = await find(path);
      if (there && !overwrite) throw fileProblem("FILE_EXISTS", path);
      if (there?.kind === "symlink") {
        const real = await follow(path);
        [path, there] = [real.path, real.found];
      }
      if (there?.kind === "folder") throw fileProblem("IS_FOLDER", path);
      if (there && there.kind !== "file") throw fileProblem("UNSUPPORTED", path);
      const { folder, own, made, name } = await placeFor(path, parents);
      const like = there ? { mode: there.mode, uid: there.uid, gid: there.gid } : { mode, ...own };
      const stream = content.open();
      try {
        if (content.sizeBytes <= smallBytes) {
          const bytes = await buffer(stream);
          await put(folder, only(...made, { type: "file", path: name, ...like, content: bytes }));
          return;
        }
        // All of it under another name, and then, in one step, in its place.
        const temporary = posix.join(
          posix.dirname(name),
          `.agent-containers-${randomBytes(8).toString("hex")}`,
        );
        const file = {
          type: "file",
          path: temporary,
          ...like,
          size: content.sizeBytes,
          chunks: stream,
        } as const;
        const link = { type: "link", path: name, ...like, linkTarget: temporary } as const;
        try {
          await put(folder, only(...made, file, link));
        } finally {
          await archiveFiles(engine, id)
            .remove(posix.join(folder, temporary), false)
            .catch((error: unknown) => {
              // The engine came not so far.
              if (!isAgentError(error, "NOT_FOUND")) throw error;
            });
        }
      } finally {
        stream.destroy();
      }
    },

    async remove(path, recursive) {
      const found = await head(path);
      if (found.kind === "folder" && !recursive && (await files.list(path)).length > 0) {
        throw fileProblem("NOT_EMPTY", path);
      }
      await erase(path);
    },

    async makeDirectory(path, parents) {
      const there = await find(path);
      if (there) {
        if (parents && (await follow(path)).found.kind === "folder") return;
        throw fileProblem("FILE_EXISTS", path);
      }
      const { folder, own, made, name } = await placeFor(path, parents);
      await put(folder, only(...made, { type: "directory", path: name, mode: 0o755, ...own }));
    },

    async copy(path, to, overwrite) {
      const source = await head(path);
      if (to === path || to.startsWith(`${path}/`)) {
        throw new AgentError("SPEC_INVALID", `${path} cannot be put into itself.`, { field: "to" });
      }
      const { folder, name } = await placeFor(to, false);
      const there = await find(to);
      if (there && !overwrite) throw fileProblem("FILE_EXISTS", to);
      if (there?.kind === "folder" && (await files.list(to)).length > 0) throw fileProblem("NOT_EMPTY", to);
      if (there?.kind === "folder" && source.kind !== "folder") await erase(to);
      // The engine serves a container one archive at a time: what comes out cannot go in at once.
      await withSpool(await archiveOf(path), signal, (tar) =>
        engine.putArchive(id, folder, rerooted(tar.open(), name), signal),
      );
    },

    async move(path, to, overwrite) {
      await files.copy(path, to, overwrite);
      await erase(path);
    },

    async readTree(path, sink) {
      await pipeline(await archiveOf((await follow(path)).path), sink, { end: false, signal });
    },

    async writeTree(path, tar) {
      await files.makeDirectory(path, true);
      const { uid, gid } = (await follow(path)).found;
      await engine.putArchive(id, path, tar({ uid, gid }), signal);
    },
  };
  return files;
}
