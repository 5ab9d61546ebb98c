import type { Readable } from "node:stream";
import type { Header } from "tar-stream";
import { tarEntries } from "./files/tarHeads.js";
import { packTar, type TarEntry } from "./packTar.js";

/** What of a state volume belongs to the agent and not to the moment: its id, its name in tmux, its keys, what it waits for. */
const identity = new Set(["agent-id", "agent-name", "secrets", "ssh", "tailscale", "user-ids"]);

/**
 * Who an agent is, for an archive that is put at `/`, from an archive of its state volume (`volume/.`); then `more`. It
 * is read no further than that: engines walk a folder in lexical order (Go's `filepath.Walk`), in which `volumes`,
 * where the agent's own files are, comes last.
 */
export function packIdentity(volume: Readable, more: readonly TarEntry[], signal?: AbortSignal): Readable {
  async function* entries(): AsyncGenerator<TarEntry> {
    for await (const entry of tarEntries(volume)) {
      const path = plain(entry.header.name);
      const [top = ""] = path.split("/");
      if (top === "volumes") break;
      const kept = identity.has(top) ? entryOf(entry.header, path, entry) : undefined;
      if (kept) yield kept;
      // Without effect on one that was read.
      entry.resume();
    }
    yield* more;
  }
  return packTar(entries(), signal);
}

const stateFolder = "mngr-state";
const plain = (name: string) => name.replace(/^(\.\/+)+/, "").replace(/\/+$/, "");

/** Undefined for what is neither a file, a folder nor a link. */
function entryOf(header: Header, path: string, content: AsyncIterable<unknown>): TarEntry | undefined {
  const { mode = 0, uid = 0, gid = 0, mtime, linkname, size = 0 } = header;
  const named = { path: `${stateFolder}/${path}`, mode, uid, gid, mtime };
  switch (header.type) {
    case "directory":
      return { ...named, type: "directory" };
    case "symlink":
      return { ...named, type: "symlink", linkTarget: linkname ?? "" };
    case "link":
      return { ...named, type: "link", linkTarget: `${stateFolder}/${plain(linkname ?? "")}` };
    case "file":
    case "contiguous-file":
      return { ...named, type: "file", size, chunks: content as AsyncIterable<Buffer> };
    default:
      return undefined;
  }
}
