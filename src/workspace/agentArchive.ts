import type { Readable } from "node:stream";
import { folderEntries } from "./copyWorkspace.js";
import type { CopyOptions } from "./copyWorkspace.js";
import { cloneEntries, type CloneOptions } from "./cloneWorkspace.js";
import type { CloneSource } from "./repository.js";
import { packTar } from "./packTar.js";
import type { TarEntry } from "./packTar.js";

/**
 * Everything that an agent's container is given before its first start, as one tar stream for `/`: one round trip.
 * `files` come first (`renderAgentFiles`), then the folder of a copied workspace or the repository of a cloned one, if
 * any. Fails as `packFolder` and `cloneEntries` do.
 */
export function packAgentArchive(
  files: readonly TarEntry[],
  workspace?: { source: string; options: CopyOptions } | { clone: CloneSource; options: CloneOptions },
  signal?: AbortSignal,
): Readable {
  async function* entries(): AsyncGenerator<TarEntry> {
    yield* files;
    if (!workspace) return;
    if ("clone" in workspace) yield* cloneEntries(workspace.clone, workspace.options);
    else yield* folderEntries(workspace.source, workspace.options);
  }
  return packTar(entries(), signal);
}
