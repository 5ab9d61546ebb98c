import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { buffer } from "node:stream/consumers";
import { extract } from "tar-stream";
import { isAgentError } from "../model/errors.js";
import type { Engine } from "../ports/engine.js";
import { packTar, type TarEntry } from "../workspace/packTar.js";
import { emptyDocument, parseDocument, renderDocument, type StateDocument } from "./stateDocument.js";
import { statePath } from "./stateContainer.js";

/**
 * The document is written to two files in turn, always over the older one: Docker's unpacking is not atomic, and a
 * write that was cut off leaves the other file as it was. The newest one that is whole counts.
 */
const slots = ["0.json", "1.json"] as const;
const folder = "records";

type Slot = (typeof slots)[number];

/** What the two files hold. */
export interface Slots {
  document: StateDocument;
  /** Where the next revision goes. */
  next: Slot;
  /** Files that cannot be read. */
  broken: ReadonlyMap<string, Buffer>;
  /** True where there are files, and none can be read. */
  lost: boolean;
}

/** A state larger than this is none of ours. Bytes. */
const maxBytes = 64 * 2 ** 20;

/** All files of a tar archive, by their last name. Rejects when it is cut off. */
export async function filesOf(tar: Readable): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const unpacked = extract();
  let bytes = 0;
  unpacked.on("entry", (header, stream, next) => {
    bytes += header.size ?? 0;
    if (bytes > maxBytes)
      return void unpacked.destroy(new Error("The state volume is too large to be read."));
    buffer(stream).then((content) => {
      if (header.type === "file") files.set(header.name.replace(/^.*\//, ""), content);
      next();
    }, next);
  });
  await pipeline(tar, unpacked);
  return files;
}

/** Reads the state through a container that has the volume. Undefined where nothing was ever written, or no such container. */
export async function readSlots(
  engine: Engine,
  containerId: string,
  signal?: AbortSignal,
): Promise<Slots | undefined> {
  let tar: Readable;
  try {
    tar = await engine.getArchive(containerId, `${statePath}/${folder}`, signal);
  } catch (error) {
    if (isAgentError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
  return judge(await filesOf(tar));
}

/** Chooses the newest whole document. Pure. */
export function judge(files: ReadonlyMap<string, Buffer>): Slots {
  const found = slots.flatMap((slot) => {
    const bytes = files.get(slot);
    return bytes ? [{ slot, bytes, document: parseDocument(bytes) }] : [];
  });
  const broken = new Map(found.flatMap(({ slot, bytes, document }) => (document ? [] : [[slot, bytes]])));
  const [newest] = found
    .flatMap(({ slot, document }) => (document ? [{ slot, document }] : []))
    .sort((a, b) => b.document.revision - a.document.revision);
  const next = slots.find((slot) => slot !== newest?.slot) ?? slots[0];
  const lost = found.length > 0 && !newest;
  return { document: newest?.document ?? emptyDocument, next, broken, lost };
}

const named = { mode: 0o600, uid: 0, gid: 0 };

/** Writes `document` over the older file. Where no file could be read, they are kept beside for a person to look at. */
export async function writeSlot(
  engine: Engine,
  containerId: string,
  { next, broken, lost }: Slots,
  document: StateDocument,
  signal?: AbortSignal,
): Promise<void> {
  const kept = lost ? [...broken] : [];
  async function* entries(): AsyncGenerator<TarEntry> {
    await Promise.resolve();
    yield { type: "directory", path: folder, ...named, mode: 0o700 };
    for (const [slot, content] of kept)
      yield { type: "file", path: `unreadable/${Date.now()}-${slot}`, ...named, content };
    yield { type: "file", path: `${folder}/${next}`, ...named, content: renderDocument(document) };
  }
  await engine.putArchive(containerId, statePath, packTar(entries(), signal), signal);
}
