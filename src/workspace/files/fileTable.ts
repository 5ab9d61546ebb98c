import { createHash } from "node:crypto";
import { posix } from "node:path";
import { Writable } from "node:stream";
import type { ComparedSide } from "../../model/comparison.js";
import type { ContainerFiles } from "./containerFiles.js";
import { tarPass } from "./tarPass.js";

/** As far as git looks for a zero byte. */
const looksAtBytes = 8000;

/** What is told of a content without keeping it. */
function digest() {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  let binary = false;
  return {
    add(chunk: Buffer): void {
      if (sizeBytes < looksAtBytes) binary ||= chunk.subarray(0, looksAtBytes - sizeBytes).includes(0);
      sizeBytes += chunk.length;
      hash.update(chunk);
    },
    end: () => ({ sizeBytes, binary, sha256: hash.digest("hex") }),
  };
}

/** How a folder is looked through. */
export interface TableRequest {
  /** True for a path that is left out, with all that is below it. */
  skip: (path: string) => boolean;
  /** Told of each file, with its size. */
  onFile: (sizeBytes: number) => void;
}

/**
 * Every file below a folder by its absolute path, read once as a stream of which nothing is kept but this. What is in a
 * `.git` is left out. Errors are those of `readTree`.
 */
export async function readFileTable(
  files: Pick<ContainerFiles, "readTree" | "read">,
  folder: string,
  { skip, onFile }: TableRequest,
): Promise<Map<string, ComparedSide>> {
  const table = new Map<string, ComparedSide>();
  /** Second names, with the first. */
  const links: { path: string; first: string; mode: number }[] = [];
  let root: string | undefined;
  const placeOf = (name: string) => {
    root ??= name;
    return name.startsWith(`${root}/`) ? name.slice(root.length + 1) : "";
  };
  const write = (sink: Writable) => files.readTree(folder, sink);
  await tarPass(write, async (entry, head) => {
    const within = placeOf(head.path);
    const path = posix.join(folder, within);
    const { kind, mode, sizeBytes, linkTarget } = head;
    if (within === "" || kind === "folder" || within.split("/").includes(".git") || skip(path)) {
      entry.resume();
    } else if (head.hardLink) {
      entry.resume();
      const first = posix.join(folder, placeOf(entry.header.linkname ?? ""));
      links.push({ path, first, mode });
    } else if (kind === "file") {
      const content = digest();
      for await (const chunk of entry) if (Buffer.isBuffer(chunk)) content.add(chunk);
      table.set(path, { kind, mode, ...content.end() });
      onFile(sizeBytes);
    } else {
      entry.resume();
      table.set(path, { kind, mode, sizeBytes: 0, ...(linkTarget !== undefined && { linkTarget }) });
      onFile(0);
    }
  });
  for (const { path, first, mode } of links) {
    // The first name may be among what is left out.
    table.set(path, table.get(first) ?? { kind: "file", mode, ...(await digestOf(files, path)) });
    onFile(0);
  }
  return table;
}

async function digestOf(files: Pick<ContainerFiles, "read">, path: string) {
  const content = digest();
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      content.add(chunk);
      done();
    },
  });
  await files.read(path, sink);
  return content.end();
}
