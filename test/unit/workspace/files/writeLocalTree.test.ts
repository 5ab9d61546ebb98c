import { mkdtemp, readFile, readdir, readlink, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { pack, type Header } from "tar-stream";
import { writeLocalTree } from "../../../../src/workspace/files/writeLocalTree.js";

async function unpacked(entries: (Partial<Header> & { name: string; content?: string })[]) {
  const base = await mkdtemp(join(tmpdir(), "tree-"));
  const packed = pack();
  for (const { content, ...header } of entries) packed.entry(header, content ?? "");
  packed.finalize();
  const folder = join(base, "out");
  const skipped = await writeLocalTree(Readable.from(packed, { objectMode: false }), folder, {
    windows: false,
    onProgress: () => undefined,
  });
  return { base, folder, skipped };
}

it("writes files, modes, times and links that stay inside", async () => {
  const { base, folder, skipped } = await unpacked([
    { name: "./", type: "directory", mode: 0o755 },
    { name: "./a/", type: "directory", mode: 0o555 },
    { name: "./a/one", content: "1", mode: 0o755, mtime: new Date(1000_000) },
    { name: "./a/same", type: "link", linkname: "./a/one" },
    { name: "./link", type: "symlink", linkname: "a/one" },
  ]);
  expect(skipped).toEqual([]);
  expect(await readFile(join(folder, "link"), "utf8")).toBe("1");
  expect(await readFile(join(folder, "a/same"), "utf8")).toBe("1");
  const { mode, mtimeMs } = await stat(join(folder, "a/one"));
  expect([mode & 0o777, mtimeMs]).toEqual([0o755, 1000_000]);
  await rm(base, { recursive: true });
});

it("lets nothing out of the folder, by name or by link", async () => {
  const { base, folder, skipped } = await unpacked([
    { name: "top/", type: "directory" },
    { name: "top/../../escaped", content: "x" },
    { name: "top/out", type: "symlink", linkname: "/etc" },
    { name: "top/up", type: "symlink", linkname: "../.." },
    { name: "top/into/", type: "directory" },
    { name: "top/into/file", content: "inside" },
    { name: "top/hard", type: "link", linkname: "../../etc/passwd" },
    { name: "top/pipe", type: "fifo" },
  ]);
  expect(skipped.map(({ path }) => path).sort()).toEqual(
    ["../../escaped", "hard", "out", "pipe", "up"].sort(),
  );
  expect(await readdir(base)).toEqual(["out"]);
  expect((await readdir(folder)).sort()).toEqual(["into"]);
  await expect(readlink(join(folder, "out"))).rejects.toThrow();
  await rm(base, { recursive: true });
});
