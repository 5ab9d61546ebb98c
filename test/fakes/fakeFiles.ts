import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import { AgentError } from "../../src/model/errors.js";
import type { Engine } from "../../src/ports/engine.js";
import { findContainer } from "./fakeContainers.js";
import type { FakeContainer, FakeFile, FakeState, FakeTree } from "./fakeState.js";
import { pass } from "./fakeState.js";

/** Archives in and out: what was put is kept as files, in the container or in its volume, and given back as a tar. */
export function createFakeFiles(state: FakeState): Pick<Engine, "putArchive" | "getArchive" | "modifiedAt"> {
  return {
    async putArchive(id, path, tar, signal) {
      await pass(state, "putArchive", [id, path, tar], signal);
      const container = findContainer(state, id);
      const { tree, within } = placeOf(state, container, posix.normalize(path));
      if (!tree.directories.has(within)) throw missing(path);
      await unpack(state, container, path, tar, signal);
    },
    async modifiedAt(id, path, signal) {
      await pass(state, "modifiedAt", [id, path], signal);
      const { tree, within } = placeOf(state, findContainer(state, id), path);
      const time = tree.directories.get(within) ?? tree.files.get(within)?.mtime;
      if (!time) throw missing(path);
      return time;
    },
    async getArchive(id, path, signal) {
      await pass(state, "getArchive", [id, path], signal);
      const container = findContainer(state, id);
      const packed = pack();
      const base = posix.dirname(path);
      let found = 0;
      for (const [name, { bytes, mode, uid, gid }] of allFiles(state, container)) {
        if (name !== path && !name.startsWith(`${path}/`)) continue;
        packed.entry({ name: posix.relative(base, name), mode, uid, gid }, bytes);
        found++;
      }
      const { tree, within } = placeOf(state, container, path);
      if (!found && !tree.directories.has(within)) throw missing(path);
      packed.finalize();
      return Readable.from([await buffer(packed)]);
    },
  };
}

function mountsOf(state: FakeState, { body }: FakeContainer): { target: string; tree: FakeTree }[] {
  return (body.HostConfig?.Mounts ?? []).flatMap(({ Type, Source = "", Target }) => {
    if (Type !== "volume") return [];
    const tree = state.volumeFiles.get(Source) ?? {
      files: new Map(),
      directories: new Map([["/", new Date()]]),
    };
    state.volumeFiles.set(Source, tree);
    return [{ target: Target, tree }];
  });
}

/** Where a path of the container is kept: in a volume, by its path there, or in itself. */
function placeOf(
  state: FakeState,
  container: FakeContainer,
  path: string,
): { tree: FakeTree; within: string } {
  for (const { target, tree } of mountsOf(state, container)) {
    if (path === target || path.startsWith(`${target}/`))
      return { tree, within: path.slice(target.length) || "/" };
  }
  return { tree: container, within: path };
}

/** Every file of the container, those of its volumes included, in the order of an engine's walk. */
export function allFiles(state: FakeState, container: FakeContainer): [string, FakeFile][] {
  const volumes = mountsOf(state, container).flatMap(({ target, tree }) =>
    [...tree.files].map(([name, file]): [string, FakeFile] => [`${target}${name}`, file]),
  );
  return [...container.files, ...volumes].sort(([a], [b]) => (a < b ? -1 : 1));
}

async function unpack(
  state: FakeState,
  container: FakeContainer,
  path: string,
  tar: Readable | Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  const source = tar instanceof Readable ? tar : Readable.from([Buffer.from(tar)]);
  const unpacked = extract();
  // A folder has its own time again when all has come.
  const folders: (() => void)[] = [];
  unpacked.on("entry", (header, stream, next) => {
    const name = posix.join(path, header.name).replace(/(.)\/$/, "$1");
    const { tree, within } = placeOf(state, container, name);
    buffer(stream).then((bytes) => {
      for (
        let parent = posix.dirname(within);
        !tree.directories.has(parent);
        parent = posix.dirname(parent)
      ) {
        tree.directories.set(parent, new Date());
      }
      const { mode = 0o644, uid = 0, gid = 0, mtime = new Date() } = header;
      tree.directories.set(posix.dirname(within), new Date());
      if (header.type === "directory") {
        tree.files.delete(within);
        tree.directories.set(within, new Date());
        folders.push(() => tree.directories.set(within, mtime));
      } else {
        // Like the engine: what has the name goes, a folder with all below it.
        for (const held of [tree.files, tree.directories])
          for (const other of held.keys()) if (other.startsWith(`${within}/`)) held.delete(other);
        tree.directories.delete(within);
        tree.files.set(within, { bytes, mode, uid, gid, mtime });
      }
      next();
    }, next);
  });
  await pipeline(source, unpacked, { signal });
  for (const folder of folders) folder();
}

function missing(path: string): AgentError {
  return new AgentError("NOT_FOUND", `There is no ${path} in the container.`);
}
