import { createHash } from "node:crypto";
import { pipeline } from "node:stream/promises";
import { Readable, type Writable } from "node:stream";
import { pack, type Header } from "tar-stream";
import { expect, it } from "vitest";
import { AgentError } from "../../../src/model/errors.js";
import { readFileTable } from "../../../src/workspace/files/fileTable.js";
import { nastyNames } from "../../support/nastyNames.js";

type Entry = Partial<Header> & Pick<Header, "name"> & { content?: string };

/** Files as a container gives them: the tree as an archive, and one at a time. */
function filesOf(entries: readonly Entry[], single: Record<string, string> = {}) {
  return {
    async readTree(_path: string, sink: Writable) {
      const tar = pack();
      for (const { content, ...header } of entries) tar.entry(header, content ?? "");
      tar.finalize();
      await pipeline(tar, sink, { end: false });
    },
    async read(path: string, sink: Writable) {
      await pipeline(Readable.from([Buffer.from(single[path] ?? "")]), sink, { end: false });
    },
  };
}

const sha = (text: string) => createHash("sha256").update(text).digest("hex");
const all = { skip: () => false, onFile: () => undefined };
const folder = { name: "app/", type: "directory" } as const;

it("has every file by its path, with what its content comes to, and no folder", async () => {
  const seen: number[] = [];
  const table = await readFileTable(
    filesOf([
      folder,
      { name: "app/a.txt", mode: 0o644, content: "one\n" },
      { name: "app/sub/", type: "directory" },
      { name: "app/sub/run", mode: 0o4755, content: "#!\0" },
      { name: "app/link", type: "symlink", linkname: "../etc/passwd" },
      { name: "app/pipe", type: "fifo", mode: 0o600 },
    ]),
    "/app",
    { ...all, onFile: (size) => seen.push(size) },
  );
  expect(Object.fromEntries(table)).toEqual({
    "/app/a.txt": { kind: "file", mode: 0o644, sizeBytes: 4, binary: false, sha256: sha("one\n") },
    "/app/sub/run": { kind: "file", mode: 0o4755, sizeBytes: 3, binary: true, sha256: sha("#!\0") },
    "/app/link": expect.objectContaining({ kind: "symlink", linkTarget: "../etc/passwd" }) as unknown,
    "/app/pipe": { kind: "other", mode: 0o600, sizeBytes: 0 },
  });
  expect(seen).toEqual([4, 3, 0, 0]);
});

it("reads what tar makes in the agent the same, and a zero byte far behind makes nothing binary", async () => {
  const content = `${"x".repeat(8000)}\0`;
  const table = await readFileTable(
    filesOf([
      { name: "./", type: "directory" },
      { name: "./deep/file", content },
    ]),
    "/work/tree",
    all,
  );
  expect([...table.keys()]).toEqual(["/work/tree/deep/file"]);
  expect(table.get("/work/tree/deep/file")).toMatchObject({ binary: false, sha256: sha(content) });
});

it("keeps every name as it is", async () => {
  const table = await readFileTable(
    filesOf([folder, ...nastyNames.map((name) => ({ name: `app/${name}`, content: name }))]),
    "/app",
    all,
  );
  expect([...table.keys()]).toEqual(nastyNames.map((name) => `/app/${name}`));
});

it("leaves out what is in a .git, and what it is told to", async () => {
  const names = [".git/HEAD", "sub/.git", "git", ".gitignore", "node_modules/x/y", "node_modules.txt"];
  const table = await readFileTable(
    filesOf([folder, ...names.map((name) => ({ name: `app/${name}`, content: "x" }))]),
    "/app",
    { ...all, skip: (path) => path === "/app/node_modules" || path.startsWith("/app/node_modules/") },
  );
  expect([...table.keys()]).toEqual(["/app/git", "/app/.gitignore", "/app/node_modules.txt"]);
});

it("gives a second name the content of the first, also of one that is left out", async () => {
  const table = await readFileTable(
    filesOf(
      [
        folder,
        { name: "app/.git/object", content: "kept" },
        { name: "app/first", content: "one" },
        { name: "app/second", type: "link", linkname: "app/first" },
        { name: "app/third", type: "link", linkname: "app/.git/object" },
      ],
      { "/app/third": "kept" },
    ),
    "/app",
    all,
  );
  expect(table.get("/app/second")).toEqual(table.get("/app/first"));
  expect(table.get("/app/third")).toMatchObject({ sizeBytes: 4, sha256: sha("kept") });
});

it("fails with the reason of the stream, and with that of an archive that is none", async () => {
  const broken = {
    ...filesOf([]),
    readTree: () => Promise.reject(new AgentError("NOT_FOUND", "no folder")),
  };
  await expect(readFileTable(broken, "/app", all)).rejects.toMatchObject({ code: "NOT_FOUND" });
  const noise = {
    ...filesOf([]),
    async readTree(_path: string, sink: Writable) {
      await pipeline(Readable.from([Buffer.alloc(2048, 7)]), sink, { end: false });
    },
  };
  await expect(readFileTable(noise, "/app", all)).rejects.toThrow(/tar/i);
});
