import { posix } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { buffer } from "node:stream/consumers";
import { extract, pack } from "tar-stream";
import { AgentError } from "../../src/model/errors.js";
import type { Engine } from "../../src/ports/engine.js";
import { findContainer } from "./fakeContainers.js";
import type { FakeContainer, FakeState } from "./fakeState.js";
import { pass } from "./fakeState.js";

/** Archives in and out: what was put is kept as files, and given back as a tar. */
export function createFakeFiles(state: FakeState): Pick<Engine, "putArchive" | "getArchive"> {
  return {
    async putArchive(id, path, tar, signal) {
      await pass(state, "putArchive", [id, path, tar], signal);
      const container = findContainer(state, id);
      if (!container.directories.has(posix.normalize(path))) throw missing(path);
      await unpack(container, path, tar, signal);
    },
    async getArchive(id, path, signal) {
      await pass(state, "getArchive", [id, path], signal);
      const container = findContainer(state, id);
      const packed = pack();
      const base = posix.dirname(path);
      let found = 0;
      for (const [name, { bytes, mode, uid, gid }] of container.files) {
        if (name !== path && !name.startsWith(`${path}/`)) continue;
        packed.entry({ name: posix.relative(base, name), mode, uid, gid }, bytes);
        found++;
      }
      if (!found && !container.directories.has(path)) throw missing(path);
      packed.finalize();
      return Readable.from([await buffer(packed)]);
    },
  };
}

async function unpack(
  container: FakeContainer,
  path: string,
  tar: Readable | Uint8Array,
  signal?: AbortSignal,
): Promise<void> {
  const source = tar instanceof Readable ? tar : Readable.from([Buffer.from(tar)]);
  const unpacked = extract();
  unpacked.on("entry", (header, stream, next) => {
    const name = posix.join(path, header.name).replace(/(.)\/$/, "$1");
    for (
      let parent = posix.dirname(name);
      !container.directories.has(parent);
      parent = posix.dirname(parent)
    ) {
      container.directories.add(parent);
    }
    buffer(stream).then((bytes) => {
      if (header.type === "directory") container.directories.add(name);
      else
        container.files.set(name, {
          bytes,
          mode: header.mode ?? 0o644,
          uid: header.uid ?? 0,
          gid: header.gid ?? 0,
        });
      next();
    }, next);
  });
  await pipeline(source, unpacked, { signal });
}

function missing(path: string): AgentError {
  return new AgentError("NOT_FOUND", `There is no ${path} in the container.`);
}
