import { extract } from "tar-stream";
import type { Engine } from "../ports/engine.js";
import { statePath } from "./stateContainer.js";
import { documentSchema } from "./stateDocument.js";
import { readSlots } from "./stateSlots.js";

const known = new Set(["", "records", "records/0.json", "records/1.json"]);

/**
 * True where the volume of a container holds no record, and nothing else that somebody may want: no blob, nothing that
 * was set aside because it could not be read, nothing of a newer version, nothing that is broken. `NOT_FOUND` where
 * the container is gone.
 */
export async function holdsNothing(
  engine: Engine,
  containerId: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const slots = await readSlots(engine, containerId, signal);
  if (slots) {
    const { document, broken, lost } = slots;
    if (lost || broken.size > 0 || document.schema > documentSchema) return false;
    if (document.records.size > 0 || Object.keys(document.rest).length > 0) return false;
  }
  const tar = await engine.getArchive(containerId, statePath, signal);
  const unpacked = extract();
  tar.once("error", (error) => unpacked.destroy(error));
  try {
    for await (const entry of tar.pipe(unpacked)) {
      entry.resume();
      if (!known.has(entry.header.name.replace(/^[^/]*\/?/, "").replace(/\/$/, ""))) return false;
    }
    return true;
  } finally {
    tar.destroy();
  }
}
