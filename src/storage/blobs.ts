import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { extract } from "tar-stream";
import * as z from "zod";
import { AgentError, isAgentError } from "../model/errors.js";
import { roleLabel } from "../model/labels.js";
import { packTar, type TarEntry } from "../workspace/packTar.js";
import { makeStateContainer, statePath, type StateStore } from "./stateContainer.js";

/** What is known of a blob. */
export interface BlobFacts {
  sizeBytes: number;
  sha256: string;
}

/**
 * Large things beside the records, written once and never changed. A path is names joined by `/`; names are letters,
 * digits, `.`, `_` and `-`, and begin with a letter or digit.
 */
export interface Blobs {
  /** Streams `content` into the volume, with one part of it in memory. Valid only once this has settled. */
  write(path: string, content: Readable, signal?: AbortSignal): Promise<BlobFacts>;
  /**
   * The content as a stream, with no more of it in memory than the streams hold. It fails where something is missing
   * or was changed. `NOT_FOUND` where there is none, or it was never finished.
   */
  read(path: string, signal?: AbortSignal): Promise<Readable>;
  /** `NOT_FOUND`. Does not read the content. */
  facts(path: string, signal?: AbortSignal): Promise<BlobFacts>;
  /** Removes the blob, or all below a path. What is not there is removed already. */
  remove(path: string, signal?: AbortSignal): Promise<void>;
}

/** A tar entry says its size before its content, and a stream does not know its own: so it goes in parts. */
const partBytes = 4 * 2 ** 20;
const root = "blobs";
/** Before the parts in the order of names, in which the engine sends a folder. */
const manifestName = "manifest.json";
const manifest = z.object({ parts: z.int().min(0), sizeBytes: z.int().min(0), sha256: z.string() });
const named = { mode: 0o600, uid: 0, gid: 0 };

function checkPath(path: string): string {
  if (path.split("/").every((name) => /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/.test(name))) return path;
  throw new AgentError("SPEC_INVALID", `"${path}" cannot be the path of something kept.`, { field: "path" });
}

/** `content` in pieces of `partBytes`, the last one shorter. */
async function* parts(content: Readable): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of content) {
    let bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    while (size + bytes.length >= partBytes) {
      const taken = bytes.subarray(0, partBytes - size);
      yield Buffer.concat([...held, taken]);
      bytes = bytes.subarray(taken.length);
      [held, size] = [[], 0];
    }
    if (bytes.length > 0) held.push(bytes);
    size += bytes.length;
  }
  if (size > 0) yield Buffer.concat(held);
}

/** The folder of `path`, emptied, with the folders above it. */
function* folders(path: string): Generator<TarEntry> {
  const names = `${root}/${path}`.split("/");
  // What an attempt before this one left is not to be taken for a part of it.
  yield { type: "directory", path: root, ...named, mode: 0o700 };
  for (let depth = 2; depth <= names.length; depth += 1) {
    const folder = names.slice(0, depth).join("/");
    if (depth === names.length) yield emptied(folder);
    yield { type: "directory", path: folder, ...named, mode: 0o700 };
  }
}

/** The engine cannot be asked to delete. But it replaces a folder, with all below it, by a file of that name. */
const emptied = (path: string): TarEntry => ({ type: "file", path, ...named, content: Buffer.alloc(0) });

/** An archive as entries; an error of the engine's stream is one of theirs. */
function entriesOf(tar: Readable) {
  const unpacked = extract();
  tar.once("error", (error) => unpacked.destroy(error));
  return tar.pipe(unpacked);
}

export function createBlobs(store: StateStore): Blobs {
  const { engine, volume } = store;

  /**
   * A container of its own for each transfer: the engine holds a container's lock while an archive moves, and nobody
   * who reads or writes records should wait for that.
   */
  const transfer = () =>
    makeStateContainer(store, `${volume}-${randomBytes(6).toString("hex")}`, "state-transfer");

  const withTransfer = async <T>(work: (id: string) => Promise<T>): Promise<T> => {
    const id = await transfer();
    try {
      return await work(id);
    } finally {
      await engine.removeContainer(id);
    }
  };

  /** Nothing but a write makes the volume. */
  const exists = async (signal?: AbortSignal) =>
    (await engine.listVolumes(`${roleLabel}=state`, signal)).some(({ name }) => name === volume);

  const archiveOf = async (id: string, path: string, signal?: AbortSignal): Promise<Readable | undefined> => {
    try {
      return await engine.getArchive(id, `${statePath}/${root}/${path}`, signal);
    } catch (error) {
      if (isAgentError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  };

  const notFound = (path: string, cause?: unknown) =>
    new AgentError("NOT_FOUND", `There is nothing whole at ${path} in the state volume.`, { cause });

  const factsAt = async (id: string, path: string, signal?: AbortSignal) => {
    const tar = await archiveOf(id, `${path}/${manifestName}`, signal);
    if (!tar) throw notFound(path);
    let content = "";
    for await (const entry of entriesOf(tar)) content = await text(entry);
    try {
      return manifest.parse(JSON.parse(content));
    } catch (error) {
      throw notFound(path, error);
    }
  };

  async function* contentOf(id: string, path: string, facts: BlobFacts, signal?: AbortSignal) {
    const tar = await archiveOf(id, path, signal);
    if (!tar) throw notFound(path);
    const hash = createHash("sha256");
    try {
      for await (const entry of entriesOf(tar)) {
        const wanted = /\/part-\d{8}$/.test(entry.header.name);
        for await (const chunk of entry) {
          if (!wanted || !Buffer.isBuffer(chunk)) continue;
          hash.update(chunk);
          yield chunk;
        }
      }
    } finally {
      tar.destroy();
    }
    if (hash.digest("hex") === facts.sha256) return;
    throw new AgentError("ENGINE_FAILED", `What is kept at ${path} in the state volume is damaged.`);
  }

  return {
    async write(path, content, signal) {
      checkPath(path);
      const hash = createHash("sha256");
      let facts = { parts: 0, sizeBytes: 0, sha256: "" };
      async function* entries(): AsyncGenerator<TarEntry> {
        const folder = `${root}/${path}`;
        yield* folders(path);
        for await (const bytes of parts(content)) {
          hash.update(bytes);
          const number = String(facts.parts).padStart(8, "0");
          facts = { ...facts, parts: facts.parts + 1, sizeBytes: facts.sizeBytes + bytes.length };
          yield { type: "file", path: `${folder}/part-${number}`, ...named, content: bytes };
        }
        facts.sha256 = hash.digest("hex");
        const last = Buffer.from(JSON.stringify(facts));
        yield { type: "file", path: `${folder}/${manifestName}`, ...named, content: last };
      }
      try {
        await withTransfer((id) => engine.putArchive(id, statePath, packTar(entries(), signal), signal));
      } finally {
        content.destroy();
      }
      return { sizeBytes: facts.sizeBytes, sha256: facts.sha256 };
    },

    async read(path, signal) {
      checkPath(path);
      if (!(await exists(signal))) throw notFound(path);
      const id = await transfer();
      try {
        const facts = await factsAt(id, path, signal);
        const stream = Readable.from(contentOf(id, path, facts, signal), { objectMode: false });
        // Also where nobody ever reads it. One that cannot be removed is found by prune.
        stream.once("close", () => void engine.removeContainer(id).catch(() => undefined));
        return stream;
      } catch (error) {
        await engine.removeContainer(id);
        throw error;
      }
    },

    async facts(path, signal) {
      checkPath(path);
      if (!(await exists(signal))) throw notFound(path);
      const { sizeBytes, sha256 } = await withTransfer((id) => factsAt(id, path, signal));
      return { sizeBytes, sha256 };
    },

    async remove(path, signal) {
      checkPath(path);
      if (!(await exists(signal))) return;
      await withTransfer(async (id) => {
        const there = await archiveOf(id, path, signal);
        if (!there) return;
        there.destroy();
        const gone = packTar(Readable.from([emptied(`${root}/${path}`)]), signal);
        await engine.putArchive(id, statePath, gone, signal);
      });
    },
  };
}
