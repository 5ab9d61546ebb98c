import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/** The part of VS Code's data transfer that is read. */
export interface DropItem {
  asString(): Thenable<string>;
  asFile():
    | {
        readonly name: string;
        readonly uri?: { readonly scheme: string; readonly fsPath: string };
        data(): Thenable<Uint8Array>;
      }
    | undefined;
}

/** A file of no path that this process could read: one that was dropped into a browser. */
export interface DroppedBytes {
  name: string;
  data: () => Thenable<Uint8Array>;
}

/** What was dropped. */
export interface Dropped {
  /** Files and folders of this machine, each once, in the order of the drop. */
  paths: string[];
  bytes: DroppedBytes[];
  /** Addresses of what is not on this machine. */
  elsewhere: string[];
}

/** The lines of a `text/uri-list`, without its comments. Source: RFC 2483, section 5. */
const linesOf = (list: string) => list.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("#"));

function localPath(uri: string): string | undefined {
  try {
    return fileURLToPath(uri);
  } catch {
    // Another scheme, or no address at all.
    return undefined;
  }
}

/** A name that is one: what a browser says may be anything. */
const fileName = (name: string) => basename(name.replaceAll("\\", "/"));

/** Reads what was dropped: the addresses that the editor gives of its own rows, and files from outside of it. */
export async function readDrop(items: Iterable<[mime: string, item: DropItem]>): Promise<Dropped> {
  const paths = new Set<string>();
  const elsewhere = new Set<string>();
  const bytes: DroppedBytes[] = [];
  for (const [mime, item] of items) {
    const file = item.asFile();
    if (file?.uri?.scheme === "file") paths.add(file.uri.fsPath);
    else if (file) bytes.push({ name: fileName(file.name), data: () => file.data() });
    else if (mime === "text/uri-list") {
      for (const uri of linesOf(await item.asString())) {
        const path = localPath(uri);
        if (path === undefined) elsewhere.add(uri);
        else paths.add(path);
      }
    }
  }
  return {
    paths: [...paths],
    // A list of addresses comes beside files, and names them again.
    bytes: bytes.filter(({ name }) => ![...paths].some((path) => basename(path) === name)),
    elsewhere: [...elsewhere],
  };
}
