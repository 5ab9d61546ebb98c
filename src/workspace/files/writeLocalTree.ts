import { createWriteStream } from "node:fs";
import { chmod, copyFile, mkdir, symlink, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { Readable as NodeReadable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf } from "../../model/errors.js";
import { tarEntries, tarHead, type TarHead } from "./tarHeads.js";

/** Something of an agent that was not brought to this machine. */
export interface Skipped {
  path: string;
  reason: string;
}

/** Names that Windows cannot write, or would take for a path. */
const windowsCannot = /[<>:"|?*\\\p{Cc}]|[. ]$/u;

function namesOf(path: string, windows: boolean): string[] | undefined {
  const names = path.split("/").filter((name) => name !== "" && name !== ".");
  return names.includes("..") || (windows && names.some((name) => windowsCannot.test(name)))
    ? undefined
    : names;
}

/**
 * Unpacks what an agent sent in `folder`, which is new and empty. An agent may send anything: no entry gets out of the
 * folder by its name; symlinks are made last, so that nothing is written through one, and only those that stay inside.
 * Owners stay behind; modes and times come along. Gives what was left out, and why.
 */
export async function writeLocalTree(
  tar: Readable,
  folder: string,
  options: { windows: boolean; signal?: AbortSignal; onProgress: (bytes: number, files: number) => void },
): Promise<Skipped[]> {
  const skipped: Skipped[] = [];
  const links: { within: string; head: TarHead }[] = [];
  const folders: { full: string; head: TarHead }[] = [];
  let root: string | undefined;
  let bytes = 0;
  let files = 0;
  for await (const entry of tarEntries(tar)) {
    options.signal?.throwIfAborted();
    const head = tarHead(entry.header);
    root ??= head.path;
    const within = head.path === root ? "" : posix.relative(root, head.path);
    const names = namesOf(within, options.windows);
    if (!names) {
      skipped.push({ path: within, reason: "its name cannot be written on this machine" });
      entry.resume();
      continue;
    }
    const full = join(folder, ...names);
    if (head.kind === "folder") {
      await mkdir(full, { recursive: true, mode: 0o700 });
      folders.push({ full, head });
      entry.resume();
    } else if (head.kind === "symlink") {
      links.push({ within, head });
      entry.resume();
    } else if (head.hardLink) {
      entry.resume();
      const first = namesOf(
        posix.relative(root, (entry.header.linkname ?? "").replace(/\/+$/, "")),
        options.windows,
      );
      if (first) await copyFile(join(folder, ...first), full);
      else skipped.push({ path: within, reason: "its content is outside of the folder" });
    } else if (head.kind === "file") {
      await mkdir(dirname(full), { recursive: true });
      const source = NodeReadable.from(entry);
      source.on("data", (chunk: Buffer) => options.onProgress((bytes += chunk.length), files));
      await pipeline(source, createWriteStream(full, { flags: "wx", mode: 0o600 }), {
        signal: options.signal,
      });
      files += 1;
      await chmod(full, head.mode & 0o777);
      await utimes(full, head.modifiedMs / 1000, head.modifiedMs / 1000);
    } else {
      skipped.push({ path: within, reason: "it is a socket, a pipe or a device" });
      entry.resume();
    }
  }
  for (const { within, head } of links) {
    const target = head.linkTarget ?? "";
    const leads = posix.normalize(posix.join(posix.dirname(within), target));
    if (target.startsWith("/") || leads === ".." || leads.startsWith("../")) {
      skipped.push({ path: within, reason: `it leads out of the folder, to ${target}` });
      continue;
    }
    await symlink(target, join(folder, ...within.split("/"))).catch((error: unknown) => {
      // Windows asks for a right that few have.
      skipped.push({ path: within, reason: messageOf(error) });
    });
  }
  // Last, because a folder may not be open for writing, and gets a new time with whatever is written in it.
  for (const { full, head } of folders.reverse()) {
    await utimes(full, head.modifiedMs / 1000, head.modifiedMs / 1000);
    await chmod(full, (head.mode & 0o777) | 0o700);
  }
  return skipped;
}
