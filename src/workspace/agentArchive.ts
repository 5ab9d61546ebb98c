import type { Readable } from "node:stream";
import { folderEntries } from "./copyWorkspace.js";
import type { CopyOptions } from "./copyWorkspace.js";
import { packTar } from "./packTar.js";
import type { TarEntry } from "./packTar.js";

/**
 * Everything that an agent's container is given before its first start, as one tar stream for `/`: one round trip.
 * `files` come first (`renderAgentFiles`), then the folder of a copied workspace, if any. Fails as `packFolder` does.
 */
export function packAgentArchive(
  files: readonly TarEntry[],
  folder: { source: string; options: CopyOptions } | undefined,
  signal?: AbortSignal,
): Readable {
  async function* entries(): AsyncGenerator<TarEntry> {
    yield* files;
    if (folder) yield* folderEntries(folder.source, folder.options);
  }
  return packTar(entries(), signal);
}
