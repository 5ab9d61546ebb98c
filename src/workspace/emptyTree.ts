import type { Readable } from "node:stream";
import { extract } from "tar-stream";

/** True when an archive of a folder's contents (`folder/.`) has nothing in it but the folder. Reads no further. */
export async function isEmptyTree(archive: Readable): Promise<boolean> {
  const unpack = extract();
  // An archive that breaks breaks the iteration below.
  archive.once("error", (error) => unpack.destroy(error));
  archive.pipe(unpack);
  try {
    for await (const entry of unpack) {
      if (!/^(\.\/*)?$/.test(entry.header.name)) return false;
      entry.resume();
    }
    return true;
  } finally {
    archive.unpipe(unpack);
    archive.destroy();
    unpack.destroy();
  }
}
