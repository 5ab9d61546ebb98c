import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { extract, pack } from "tar-stream";

/** The archive of one file or folder with another name at its root, and all else as it is. */
export function rerooted(tar: Readable, name: string): Readable {
  const unpacked = extract();
  const packed = pack();
  let root: string | undefined;
  const renamed = (path: string) => {
    root ??= path.replace(/\/+$/, "");
    return path === root || path.startsWith(`${root}/`) ? name + path.slice(root.length) : path;
  };
  const forward = async () => {
    const feeding = pipeline(tar, unpacked);
    feeding.catch(() => undefined);
    for await (const entry of unpacked) {
      const { header } = entry;
      header.name = renamed(header.name);
      // A hard link names another entry of the archive; a symlink is what it says.
      if (header.type === "link" && header.linkname) header.linkname = renamed(header.linkname);
      // They would say the old name again.
      header.pax = null;
      const written = new Promise<void>((resolve, reject) => {
        const sink = packed.entry(header, (error) => (error ? reject(error) : resolve()));
        if (header.type !== "file" && header.type !== "contiguous-file") {
          entry.resume();
          return;
        }
        entry.on("error", reject);
        entry.pipe(sink);
      });
      await written;
    }
    await feeding;
    packed.finalize();
  };
  forward().catch((error: unknown) => {
    packed.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  const readable = Readable.from(packed, { objectMode: false });
  readable.once("close", () => {
    tar.destroy();
    packed.destroy(null);
  });
  return readable;
}
